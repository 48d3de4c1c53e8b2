"""The embedded cloud: the stack `local`, run on an AWS emulator on this machine's loopback address."""
