"""Speed beside the alternatives: cold starts, requests, redaction, batches."""
