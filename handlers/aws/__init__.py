"""Queues, tables and credentials: the only room that holds AWS clients."""
