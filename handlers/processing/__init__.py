"""Processing: what is done to a text, concurrently, and isolated in a process of its own."""
