"""Speed compared with alternatives: cold starts, requests, redaction, batches."""
