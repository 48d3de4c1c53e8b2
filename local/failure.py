"""The errors that `python -m local` shows to people as a sentence instead of a traceback."""


class Failure(Exception):
    """What went wrong and what to do about it."""

    exit_code = 1


class AlreadyRunning(Failure):
    """An embedded cloud of this checkout runs already."""

    exit_code = 3
