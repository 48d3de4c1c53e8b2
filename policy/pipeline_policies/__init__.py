"""Rules for stacks that carry other people's data. They read plain dictionaries, so tests need no CLI."""
