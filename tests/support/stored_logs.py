"""Records in the table of the tests, written and read as the handlers do it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.aws.log_table import LogTable, TenantRows
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.envelope import Envelope
from handlers.logs.record import Record, RecordPolicy
from handlers.redaction import Redacted, redact
from tests.support.aws_fixtures import Aws, envelope_of


class FakeSts:
    """Hands out credentials for any tenant."""

    def assume_role(self, **request: Any) -> dict[str, Any]:
        keys = {"AccessKeyId": request["Tags"][0]["Value"], "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": keys | {"Expiration": datetime.now(UTC) + timedelta(hours=1)}}


def rows_of(aws: Aws, *, tenant_id: str = "acme", name: str = "logs") -> TenantRows:
    """Return a tenant's rows."""
    table = LogTable(dynamodb=aws.dynamodb, name=name, tenants=TenantCredentials(FakeSts(), "role"))
    return table.rows_of(tenant_id, lasting_seconds=60)


def record_of(
    log: Envelope | str, redacted: Redacted | None = None, *, message_id: str = "m", keep: bool = True, days: int = 0
) -> Record:
    """Return the record of an envelope, or of a text."""
    envelope = envelope_of(log) if isinstance(log, str) else log
    policy = RecordPolicy(keep_original_text=keep, retention_days=days)
    return policy.record_of(envelope, redacted or redact(envelope.text), message_id=message_id)


def part_of(text: str, number: int, parts: int, *, whole: str = "1" * 64, **names: str) -> Envelope:
    """Return the envelope of one part of a log."""
    return envelope_of(text, **names).model_copy(update={"part": number, "parts": parts, "whole_sha256": whole})


def store(aws: Aws, text: str, *, part: int = 1, parts: int = 1, **names: str) -> None:
    """Store a log, or one part of it."""
    envelope = envelope_of(text, **names) if parts == 1 else part_of(text, part, parts, whole=f"{parts:064}", **names)
    rows_of(aws, tenant_id=envelope.tenant_id).put(record_of(envelope, message_id=f"m{part}"))
