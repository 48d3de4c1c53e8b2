"""Measurements: ours and the alternatives in the same run, as tables, JSON and plots; `python -m bench`."""
