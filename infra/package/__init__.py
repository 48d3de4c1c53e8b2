"""The Lambda package: built on the machine that deploys."""
