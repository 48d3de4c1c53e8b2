"""Measurements: ours and the alternatives in the same run, as tables, JSON and charts: `python -m bench`."""
