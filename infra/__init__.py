"""Reusable Pulumi components of the log pipeline; importing this package imports no cloud SDK."""
