"""Failures of AWS calls: whether the service is unavailable or the request was invalid, and what may be logged."""

from typing import ClassVar, Self

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from handlers.logs.outcome import Reason

AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
"""What a botocore client raises."""

# The service found the request invalid, and would again. Any other error, from a failed connection to a missing
# permission, has nothing to do with the log.
_INVALID_REQUEST = frozenset(
    {
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "ItemCollectionSizeLimitExceededException",
        "MalformedPolicyDocument",
        "PackedPolicyTooLarge",
        "RequestEntityTooLarge",
        "SerializationException",
        "ValidationError",
        "ValidationException",
    }
)


class CallFailed(Exception):
    """An AWS call failed; the argument names the service's error.

    Attributes:
        reason: which service, as the event log says it.
        is_outage: whether the service is unavailable or refuses everybody; otherwise this request was invalid.
    """

    reason: ClassVar[Reason]

    def __init__(self, cause: str, *, is_outage: bool = True) -> None:
        super().__init__(cause)
        self.is_outage = is_outage

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Return the failure that one of `AWS_ERRORS` stands for."""
        return cls(cause_of(error), is_outage=not _is_invalid(error))


class QueueUnavailable(CallFailed):
    """SQS refused a call or could not be reached."""

    reason = Reason.QUEUE_UNAVAILABLE


class TableUnavailable(CallFailed):
    """DynamoDB refused a call or could not be reached."""

    reason = Reason.TABLE_UNAVAILABLE


class CredentialsUnavailable(CallFailed):
    """STS refused the tenant's credentials or could not be reached."""

    reason = Reason.CREDENTIALS_UNAVAILABLE


class FingerprintKeyUnavailable(CallFailed):
    """KMS refused the key of a fingerprint or could not be reached, or the stack has no such key."""

    reason = Reason.FINGERPRINT_KEY_UNAVAILABLE


def cause_of(error: Exception) -> str:
    """Return AWS's code of the error, else its class; never its message, which may quote what was sent."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def _is_invalid(error: Exception) -> bool:
    return isinstance(error, ParamValidationError) or cause_of(error) in _INVALID_REQUEST
