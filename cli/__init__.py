"""The operator's command line: keys, stored logs and dead letters of one stack, and redaction by hand."""
