"""Faults everywhere at once, and an audit of what became of every accepted log."""
