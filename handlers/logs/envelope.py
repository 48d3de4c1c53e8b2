"""The envelope: one log as it travels through the queue."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from handlers.logs.identifiers import LOG_ID_PATTERN, QUEUED_LOG_ID_PATTERN, TENANT_ID_PATTERN

TenantId = Annotated[str, Field(pattern=TENANT_ID_PATTERN)]
LogId = Annotated[str, Field(pattern=LOG_ID_PATTERN)]
Source = Literal["json_upload", "text_upload", "otlp", "hec", "firehose", "loki"]
Attributes = dict[str, JsonValue]


class Severity(BaseModel):
    """How serious a log is (OpenTelemetry, "Logs Data Model": SeverityNumber and SeverityText).

    Attributes:
        number: 1 to 24; 9 is INFO, 13 WARN, 17 ERROR; None if only the text is known.
        text: the source's own name for it; None if there is none.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    number: Annotated[int, Field(ge=1, le=24)] | None = None
    text: Annotated[str, Field(min_length=1)] | None = None


class NotAnEnvelope(ValueError):
    """A message body that no retry can turn into an envelope."""


class Envelope(BaseModel):
    """One log on its way through the queue.

    Attributes:
        version: format of this envelope; a worker refuses one it does not know. It is 2 only if the envelope uses
            something that version 1 does not have, so that an older worker can still process all others.
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        source: the shape it arrived in.
        text: what was sent, unaltered; at least one character.
        received_at: when the request arrived, ISO 8601 with offset.
        part: which part of the log this is, from 1.
        parts: how many parts the log has.
        whole_sha256: digest of the log's whole text, which shows that parts belong to the same text; None, and left
            out of the message, if there is only one part. In version 2 it covers the details too.
        timestamp: when it happened, ISO 8601 with offset and up to nanoseconds; None if the source did not say.
        severity: how serious it is; None if the source did not say.
        attributes: what else the source said, such as resource, labels and fields; None if it said nothing. In a log of
            several parts, the first part carries them.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    version: Literal[1, 2] = 1
    tenant_id: TenantId
    log_id: Annotated[str, Field(pattern=QUEUED_LOG_ID_PATTERN)]
    source: Source
    text: Annotated[str, Field(min_length=1)]
    received_at: Annotated[str, Field(min_length=1)]
    part: Annotated[int, Field(ge=1)] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    whole_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    timestamp: Annotated[str, Field(min_length=1)] | None = None
    severity: Severity | None = None
    attributes: Attributes | None = None

    @classmethod
    def from_message(cls, body: str) -> "Envelope":
        """Return the envelope that a message body holds.

        Raises:
            NotAnEnvelope: the body is not an envelope of a known version; the error holds none of its values.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            fields = sorted({".".join(map(str, fault["loc"])) or "body" for fault in error.errors()})
            raise NotAnEnvelope(f"not an envelope of a known version: {', '.join(fields)}") from None

    def to_message(self) -> str:
        r"""Return the message body, in ASCII.

        SQS refuses raw control characters, U+FFFE and U+FFFF ("SendMessage", MessageBody); as \u escapes they
        pass.
        """
        return self.model_dump_json(ensure_ascii=True, exclude_none=True)

    def fields_to_redact(self) -> dict[str, Any] | None:
        """Return what is redacted like the text, as a JSON map: severity and attributes; None if neither is there."""
        fields: dict[str, Any] = {}
        if self.severity is not None:
            fields["severity"] = self.severity.model_dump(exclude_none=True)
        if self.attributes is not None:
            fields["attributes"] = self.attributes
        return fields or None

    def details_as_text(self) -> str:
        """Return time, severity and attributes in one spelling; empty if the envelope has none of them."""
        fields = self.fields_to_redact()
        return json.dumps([self.timestamp, fields], sort_keys=True) if fields or self.timestamp else ""


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
