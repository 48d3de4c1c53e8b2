"""Injects faults everywhere at once, then checks what became of every accepted log."""
