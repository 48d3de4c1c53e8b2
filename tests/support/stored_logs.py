"""Records in the table of the tests, written and read as the handlers do it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.aws.failures import FingerprintKeyUnavailable
from handlers.aws.items import item_of
from handlers.aws.log_store import LogPlace, LogStore
from handlers.aws.log_table import LogTable, TenantRows
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.envelope import Envelope, fingerprint
from handlers.logs.fingerprint import FingerprintKey
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.record import Record, RecordPolicy
from handlers.processing.simulation import redact_log
from handlers.redaction import DEFAULT_KINDS, redact
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


@dataclass
class FakeKeys:
    """Knows a few keys; the first is for new fingerprints."""

    names: tuple[str, ...] = ("key-1",)

    def current(self) -> FingerprintKey:
        return self.named(self.names[0])

    def named(self, key_id: str) -> FingerprintKey:
        if key_id not in self.names:
            raise FingerprintKeyUnavailable("UnknownKey")
        return FingerprintKey(key_id, f"secret of {key_id}".encode())


def place_of(
    aws: Aws, log: Envelope | str, *, keys: FakeKeys | None = None, keep: bool = True, days: int = 0, name: str = "logs"
) -> LogPlace:
    """Return the place of an envelope's record, or of a text's."""
    envelope = envelope_of(log) if isinstance(log, str) else log
    table = LogTable(dynamodb=aws.dynamodb, name=name, tenants=TenantCredentials(FakeSts(), "role"))
    policy = RecordPolicy(keep_original_text=keep, retention_days=days)
    return LogStore(table=table, policy=policy, keys=keys or FakeKeys()).place_of(envelope, lasting_seconds=60)


def logs_of(*texts: str) -> list[ProcessedLog]:
    """Return what a processor makes of a log: one log for each text."""
    return [ProcessedLog(redact(text), "2026-01-31T22:47:57Z") for text in texts]


def processed(envelope: Envelope) -> list[ProcessedLog]:
    """Return what the worker makes of an envelope without a processor."""
    redacted = redact_log(envelope.text, envelope.fields_to_redact(), DEFAULT_KINDS)
    return [ProcessedLog(redacted, envelope.timestamp)]


def put(aws: Aws, log: Envelope | str, *, message_id: str = "m", **options: Any) -> bool:
    """Store a log; return False where it was stored before."""
    place = place_of(aws, log, **options)
    return place.put(processed(place.envelope), message_id=message_id)


def put_as_before(aws: Aws, envelope: Envelope) -> None:
    """Store an envelope's record as version 0.1.0 stored it: without a claim, and with plain digests."""
    item = item_of(record_of(envelope))
    del item["fingerprint"]
    item["content_sha256"] = {"S": fingerprint(envelope.text)}
    if envelope.whole_sha256:
        item["whole_sha256"] = {"S": envelope.whole_sha256}
    aws.dynamodb.put_item(TableName=aws.table_name, Item=item)


def record_of(envelope: Envelope) -> Record:
    """Return the record of an envelope."""
    policy = RecordPolicy(keep_original_text=True, retention_days=0)
    [log] = processed(envelope)
    return policy.record_of(envelope, log, message_id="m", fingerprint="key-1:00")


def part_of(text: str, number: int, parts: int, *, whole: str = "1" * 64, **names: str) -> Envelope:
    """Return the envelope of one part of a log."""
    return envelope_of(text, **names).model_copy(update={"part": number, "parts": parts, "whole_sha256": whole})


def store(aws: Aws, text: str, *, part: int = 1, parts: int = 1, **names: str) -> None:
    """Store a log, or one part of it."""
    envelope = envelope_of(text, **names) if parts == 1 else part_of(text, part, parts, whole=f"{parts:064}", **names)
    put(aws, envelope, message_id=f"m{part}")


def damage(aws: Aws, log_id: str) -> None:
    """Put a row into the table that is no record."""
    row = {"tenant_id": {"S": "acme"}, "log_id": {"S": log_id}, "modified_data": {"N": "1"}}
    aws.dynamodb.put_item(TableName=aws.table_name, Item=row)
