"""Request to envelope, outcome to response, refusals and their codes."""
