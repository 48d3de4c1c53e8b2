"""`dead-letters`: look at the messages that could not be processed, redrive them, or drop them."""
