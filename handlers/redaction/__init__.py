"""Redaction: which places of a text are phone numbers and e-mail addresses, decided in linear time."""
