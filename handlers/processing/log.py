"""The log as a processor gets it: the one name of this project that a processor imports."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(slots=True, kw_only=True)
class Log:
    """One log, already redacted, with what its source said about it.

    A processor may change `text`, `timestamp`, `severity_number`, `severity_text` and `attributes`; the rest says which
    log it is and stays as it is.

    Attributes:
        text: the text; at most 153,600 bytes in UTF-8 when it is returned.
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        source: how it arrived: json_upload, text_upload, otlp, hec, firehose or loki.
        received_at: when the request arrived, ISO 8601 with offset.
        timestamp: when it happened, ISO 8601 with offset; None if nobody said.
        severity_number: how serious it is, from 1 to 24 as in OpenTelemetry: 9 is INFO, 13 WARN, 17 ERROR; None if
            nobody said.
        severity_text: the source's own name for that; None if there is none.
        attributes: what else is known, as JSON: texts as keys, and texts, numbers, booleans, None, lists and maps as
            values. Together with the severity at most 65,536 bytes as JSON when it is returned.
    """

    text: str
    tenant_id: str
    log_id: str
    source: str = "json_upload"
    received_at: str = ""
    timestamp: str | None = None
    severity_number: int | None = None
    severity_text: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    def copy(self, **changes: Any) -> "Log":
        """Return a copy with other values for some fields, whose attributes can be changed without changing these."""
        return replace(self, **({"attributes": deepcopy(self.attributes)} | changes))
