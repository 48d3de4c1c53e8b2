"""The tests; their folders mirror the source, and support/ holds what they share."""
