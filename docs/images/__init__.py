"""The pictures on the pages, drawn by `make images`."""
