"""Dollars per million logs."""
