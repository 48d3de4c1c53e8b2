"""Envelopes, records and redaction: pure rules that know neither AWS nor HTTP."""
