"""OTLP/HTTP logs: one module for the protocol, one for each encoding, and what both share."""
