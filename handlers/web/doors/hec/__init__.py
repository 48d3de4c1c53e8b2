"""Splunk's HTTP Event Collector (HEC): events as JSON, raw lines, and what its clients ask before they send."""
