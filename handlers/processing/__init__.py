"""Processing: what is done to a text, several texts at once, and each in a process of its own where it might crash."""
