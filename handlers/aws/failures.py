"""Failures of AWS calls: what may be written to a log about them."""

from botocore.exceptions import BotoCoreError, ClientError


def cause_of(error: BotoCoreError | ClientError) -> str:
    """Return AWS's code of the error, else its class; never its message, which may quote what was sent."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__
