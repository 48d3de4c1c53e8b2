"""The plain log: one log on its way to the queue, as values that are written into its message without an envelope."""

from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from pydantic_core import to_json

from handlers.logs.envelope import Envelope, Source


class PlainLog(NamedTuple):
    """One log that was checked before; a request may carry ten thousand, and envelopes take much longer to make.

    Attributes:
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        text: what was sent, unaltered and without halves of surrogate pairs; at least one character.
        timestamp: when it happened, ISO 8601 with offset; None if the source did not say.
        details: severity and attributes, as a JSON object of nothing else; empty if there are none.
        beginning: what `beginning_of` returned for its request.
    """

    tenant_id: str
    log_id: str
    text: str
    timestamp: str | None
    details: bytes
    beginning: str

    def to_message(self) -> str:
        """Return the message body, in ASCII, as `Envelope.to_message` does."""
        happened_at = f',"timestamp":"{self.timestamp}"' if self.timestamp else ""
        end = f",{_in_ascii(self.details)[1:]}" if self.details else "}"
        named = f'"log_id":{encode_basestring_ascii(self.log_id)},"text":{encode_basestring_ascii(self.text)}'
        return f"{self.beginning},{named}{happened_at}{end}"

    def envelope(self) -> Envelope:
        """Return the log's envelope."""
        # A text that has to be cut may be long; it is neither written nor read for this.
        without_text = Envelope.from_message(self._replace(text="-").to_message())
        return without_text.model_copy(update={"text": self.text})


Sendable = Envelope | PlainLog
"""What can be sent: it has `tenant_id`, `log_id`, `text` and `to_message()`."""


def beginning_of(*, tenant_id: str, source: Source, received_at: str) -> str:
    """Return how the messages of a request's logs begin.

    Args:
        tenant_id: whose logs they are.
        source: the shape they arrived in.
        received_at: when the request arrived, ISO 8601 with offset.
    """
    of_all = {"version": 2, "tenant_id": tenant_id, "source": source, "received_at": received_at, "part": 1, "parts": 1}
    return to_json(of_all, ensure_ascii=True).decode().removesuffix("}")


def _in_ascii(written: bytes) -> str:
    text = written.decode()
    if text.isascii():
        return text
    # This escapes what is not ASCII, which only strings hold; but also quotes and backslashes, which are turned back.
    escaped = encode_basestring_ascii(text)[1:-1]
    return escaped.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")
