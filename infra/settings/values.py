"""The types of settings that need more rules than pydantic's own types have."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

# Those of handlers.redaction.rules, which infra does not import; a test keeps both equal.
REDACTABLE_KINDS = ("phone", "email", "credit_card", "us_ssn", "iban", "ip", "secret", "private_key")

# Amazon CloudWatch Logs API Reference, PutRetentionPolicy.
_LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


def _as_the_engine_reads_it(value: object) -> object:
    # Pulumi takes true and false only; pydantic would also take "yes" and "on".
    if isinstance(value, str) and value.lower() not in {"true", "false"}:
        raise PydanticCustomError("flag", "must be true or false")
    return value


def _offered_by_cloudwatch(days: int) -> int:
    if days not in _LOG_RETENTION_DAYS:
        offered = ", ".join(map(str, _LOG_RETENTION_DAYS))
        raise PydanticCustomError("log_retention", "must be one of {offered}", {"offered": offered})
    return days


def _without_repetition(words: str) -> str:
    kinds = words.split(",")
    if not set(kinds) <= set(REDACTABLE_KINDS) or len(set(kinds)) < len(kinds):
        known = ", ".join(REDACTABLE_KINDS)
        raise PydanticCustomError("kinds", "must be one or more of {known}, separated by commas", {"known": known})
    return words


Flag = Annotated[bool, BeforeValidator(_as_the_engine_reads_it)]
LogRetentionDays = Annotated[int, AfterValidator(_offered_by_cloudwatch)]
Kinds = Annotated[str, AfterValidator(_without_repetition)]
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]
IssuerUrl = Annotated[str, Field(pattern=r"^(|https://.+)$", examples=["https://login.example.com/"])]
ClaimName = Annotated[str, Field(pattern=r"^.+$", examples=["tenant_id"])]
# A key, not an alias: a permission on an alias allows nothing.
KmsKeyArn = Annotated[
    str, Field(pattern=r"^(|arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+)$", examples=["arn:aws:kms:…:key/…"])
]
SnsTopicArn = Annotated[str, Field(pattern=r"^(|arn:[\w-]+:sns:.+)$", examples=["arn:aws:sns:…"])]
