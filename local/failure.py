"""The one error that `python -m local` shows to people as a sentence instead of a traceback."""


class Failure(Exception):
    """What went wrong and what to do about it."""
