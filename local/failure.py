"""The one error that `python -m local` shows to people as a sentence instead of a traceback."""


class Failure(Exception):  # noqa: N818 - it is read as a noun in every message
    """What went wrong and what to do about it."""
