"""The types of settings that need more rules than pydantic's own types have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import pulumi
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, core_schema

from infra.refusal import InvalidSettings, Problem

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

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


@dataclass(frozen=True)
class OrOutput:
    """Makes a type take text of a pattern, or an output of another resource, which is checked once it is known."""

    pattern: str
    example: str

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Return how pydantic checks it: text at once, an output later."""
        return core_schema.with_info_wrap_validator_function(self._validated, core_schema.str_schema())

    def _validated(
        self, value: object, as_text: core_schema.ValidatorFunctionWrapHandler, info: core_schema.ValidationInfo
    ) -> object:
        if isinstance(value, pulumi.Output):
            return value.apply(lambda known: self._checked_later(known, key=to_camel(info.field_name or "")))
        text = as_text(value)
        if not re.search(self.pattern, text):
            raise PydanticCustomError("pattern", "must look like {example}", {"example": self.example})
        return text

    def _checked_later(self, value: object, *, key: str) -> str:
        # The resources are declared by now as for a stack that has a value here, so an empty one is too late.
        if isinstance(value, str) and value and re.search(self.pattern, value):
            return value
        got = "" if value is None else value
        raise InvalidSettings(Problem(key=key, rule=f"must look like {self.example}", got=got, fix=self.example))


_Text = str | pulumi.Output[str]

Flag = Annotated[bool, BeforeValidator(_as_the_engine_reads_it)]
LogRetentionDays = Annotated[int, AfterValidator(_offered_by_cloudwatch)]
Kinds = Annotated[str, AfterValidator(_without_repetition)]
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]
ClaimName = Annotated[str, Field(pattern=r"^.+$", examples=["tenant_id"])]
FunctionName = Annotated[
    str,
    Field(pattern=r"^(|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)$", examples=["package.module:function"]),
]
IssuerUrl = Annotated[_Text, OrOutput(r"^(|https://.+)$", example="https://login.example.com/")]
Audiences = Annotated[_Text, OrOutput(r"", example="log-pipeline")]
# A key, not an alias: a permission on an alias allows nothing.
KmsKeyArn = Annotated[_Text, OrOutput(r"^(|arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+)$", example="arn:aws:kms:…:key/…")]
SnsTopicArn = Annotated[_Text, OrOutput(r"^(|arn:[\w-]+:sns:.+)$", example="arn:aws:sns:…")]
DomainName = Annotated[
    str, Field(pattern=r"^(|([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})$", examples=["logs.example.com"])
]
CertificateArn = Annotated[
    _Text,
    OrOutput(r"^(|arn:[\w-]+:acm:[\w-]+:\d{12}:certificate/[\w-]+)$", example="arn:aws:acm:…:certificate/…"),
]
# No wildcard: a page that may send logs is one that somebody has named.
_ORIGIN = r"https?://[a-z0-9.-]+(:\d{1,5})?"
Origins = Annotated[
    str,
    Field(pattern=rf"^(|{_ORIGIN}( *, *{_ORIGIN})*)$", examples=["https://app.example.com, https://shop.example.com"]),
]
