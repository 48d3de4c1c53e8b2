"""Queues, tables and credentials: the only package that holds AWS clients."""
