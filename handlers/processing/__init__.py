"""Processing: what is done to a text, several texts concurrently, and isolation in processes of their own."""
