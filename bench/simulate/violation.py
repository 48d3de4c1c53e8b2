"""The violation: a schedule has broken a promise."""


class Violation(BaseException):
    """A promise was broken; the argument says which. No code of ours may take it for a failure that it can handle."""
