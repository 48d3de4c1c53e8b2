"""Failures of AWS calls: what they are called, and what may be written to a log about them."""

from botocore.exceptions import BotoCoreError, ClientError


class QueueUnavailable(Exception):
    """SQS refused a call or could not be reached; the argument names its error."""


class TableUnavailable(Exception):
    """DynamoDB refused a call or could not be reached; the argument names its error."""


def cause_of(error: BotoCoreError | ClientError) -> str:
    """Return AWS's code of the error, else its class; never its message, which may quote what was sent."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__
