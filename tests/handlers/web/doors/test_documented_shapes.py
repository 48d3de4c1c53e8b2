"""Requests as shippers build them according to their own sources: documented shapes, not real clients.

Where a shipper was also tried as a program, docs/sending.md says so; tests/end_to_end/test_file_shippers.py does that.
"""

import gzip
from typing import Any, NamedTuple

import cramjam
import pytest

from handlers.web.doors.loki.messages import PushRequest
from tests.support.fake_sqs import FakeSqs
from tests.support.hec_client import send

KEY = {"authorization": "Bearer rdp_x"}
TOKEN = {"authorization": "Splunk rdp_x"}
GZIP = {"content-encoding": "gzip"}
NDJSON, JSON, PROTOBUF = "application/x-ndjson", "application/json", "application/x-protobuf"
INGEST, HEC, LOKI = "/ingest", "/services/collector/event", "/loki/api/v1/push"
AT = "2026-01-31T22:47:57"


class Shape(NamedTuple):
    """A request, and what becomes of its first log; every shape holds two.

    Attributes:
        source: the file of the shipper's repository that builds it.
    """

    source: str
    path: str
    content_type: str | None
    headers: dict[str, str]
    body: str | bytes
    status: int
    text: str
    timestamp: str | None
    attributes: dict[str, Any] | None = None
    severity: int | None = None


def pushed(labels: str, *lines: bytes) -> bytes:
    """Return a push of Loki's clients in Go: a snappy block of protobuf."""
    request = PushRequest()
    stream = request.streams.add(labels=labels.encode())
    for line in lines:
        stream.entries.add(line=line).timestamp.seconds = 1_769_899_677
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


SHAPES = {
    "Fluent Bit, splunk": Shape(
        "fluent-bit v5.1.1, plugins/out_splunk/splunk.c",
        HEC,
        None,
        TOKEN | GZIP,
        gzip.compress(
            b'{"time":1769899677.559836,"source":"/var/log/app.log","event":"call 555-0199"}'
            b'{"time":1769899677.559837,"source":"/var/log/app.log","event":"second"}'
        ),
        200,
        "call 555-0199",
        f"{AT}.559836000+00:00",
        {"source": "/var/log/app.log"},
    ),
    "Fluent Bit, splunk without event_key": Shape(
        "fluent-bit v5.1.1, plugins/out_splunk/splunk.c",
        HEC,
        None,
        TOKEN,
        b'{"time":1769899677.559836,"event":{"log":"a","level":"warn"}}{"time":1769899677.559837,"event":{"log":"b"}}',
        200,
        '{"log":"a","level":"warn"}',
        f"{AT}.559836000+00:00",
        severity=13,
    ),
    "Fluent Bit, http": Shape(
        "fluent-bit v5.1.1, plugins/out_http/http.c: format json_lines, json_date_format iso8601",
        INGEST,
        NDJSON,
        KEY | GZIP,
        gzip.compress(
            b'{"date":"%(at)s.559836Z","text":"a"}\n{"date":"%(at)s.559837Z","text":"b"}\n' % {b"at": AT.encode()}
        ),
        202,
        "a",
        f"{AT}.559836Z",
    ),
    "Fluent Bit, loki": Shape(
        "fluent-bit v5.1.1, plugins/out_loki/loki.c",
        LOKI,
        JSON,
        KEY,
        '{"streams":[{"stream":{"job":"fluent-bit","level":"error"},'
        '"values":[["1769899677559836123","a"],["1769899677559836124","b"]]}]}',
        204,
        "a",
        f"{AT}.559836123+00:00",
        {"labels": {"job": "fluent-bit", "level": "error"}},
        17,
    ),
    "Vector, http": Shape(
        "vector v0.57.0, src/sinks/http/encoder.rs: newline_delimited, without the last line end",
        INGEST,
        NDJSON,
        KEY | GZIP,
        gzip.compress(
            b'{"text":"a","timestamp":"%(at)s.559836123Z"}\n{"text":"b","timestamp":"%(at)s.559836124Z"}'
            % {b"at": AT.encode()}
        ),
        202,
        "a",
        f"{AT}.559836123Z",
    ),
    "Vector, http, events as they are": Shape(
        "vector v0.57.0, src/sources/file.rs and src/sinks/http/encoder.rs",
        INGEST,
        NDJSON,
        KEY,
        b'{"file":"/var/log/app.log","host":"web1","message":"a","source_type":"file","timestamp":"%(at)s.559836123Z"}\n'
        b'{"file":"/var/log/app.log","host":"web1","message":"b","source_type":"file","timestamp":"%(at)s.559836124Z"}'
        % {b"at": AT.encode()},
        202,
        f'{{"file":"/var/log/app.log","host":"web1","message":"a","source_type":"file","timestamp":"{AT}.559836123Z"}}',
        None,
    ),
    "Vector, splunk_hec_logs": Shape(
        "vector v0.57.0, src/sinks/splunk_hec/logs/encoder.rs: encoding text, compression none",
        HEC,
        JSON,
        TOKEN,
        '{"event":"a","fields":{"level":"info"},"time":1769899677.559,"host":"web1"}'
        '{"event":"b","fields":{},"time":1769899677.56,"host":"web1"}',
        200,
        "a",
        f"{AT}.559000000+00:00",
        {"fields": {"level": "info"}, "host": "web1"},
        9,
    ),
    "Grafana Alloy, loki.write": Shape(
        "alloy v1.18.1, internal/component/common/loki/client/shards.go",
        LOKI,
        PROTOBUF,
        KEY | {"content-encoding": "snappy"},
        pushed('{filename="/var/log/app.log", job="files"}', b"a", b"b"),
        204,
        "a",
        f"{AT}.000000000+00:00",
        {"labels": {"filename": "/var/log/app.log", "job": "files"}},
    ),
    "Fluentd, http": Shape(
        "fluentd v1.19.3, lib/fluent/plugin/out_http.rb",
        INGEST,
        NDJSON,
        KEY | GZIP,
        gzip.compress(
            b'{"text":"a","date":"%(at)s.559836123Z"}\n{"text":"b","date":"%(at)s.559836124Z"}\n' % {b"at": AT.encode()}
        ),
        202,
        "a",
        f"{AT}.559836123Z",
    ),
    "Fluentd, splunk_hec": Shape(
        "fluent-plugin-splunk-hec 1.3.3, lib/fluent/plugin/out_splunk_hec.rb",
        HEC,
        None,
        TOKEN,
        b'{"host":"web1","time":"1769899677.559836","source":"app","event":{"message":"a"}}'
        b'{"host":"web1","time":"1769899677.559837","source":"app","event":{"message":"b"}}',
        200,
        '{"message":"a"}',
        f"{AT}.559836000+00:00",
        {"host": "web1", "source": "app"},
    ),
    "Fluentd, loki": Shape(
        "loki, clients/cmd/fluentd/lib/fluent/plugin/out_loki.rb",
        LOKI,
        JSON,
        KEY,
        '{"streams":[{"stream":{"env":"prod"},"values":[["1769899677559836123","a"],["1769899677559836124","b"]]}]}',
        204,
        "a",
        f"{AT}.559836123+00:00",
        {"labels": {"env": "prod"}},
    ),
    "Docker, splunk, format json": Shape(
        "docker v28.5.2, daemon/logger/splunk/splunk.go",
        f"{HEC}/1.0",
        None,
        TOKEN | GZIP,
        gzip.compress(
            b'{"event":{"line":{"level":"warn"},"source":"stdout","tag":"web","attrs":{"team":"checkout"}},'
            b'"time":"1769899677.559836","host":"node1"}'
            b'{"event":{"line":"b","source":"stderr","tag":"web"},"time":"1769899677.559837","host":"node1"}'
        ),
        200,
        '{"line":{"level":"warn"},"source":"stdout","tag":"web","attrs":{"team":"checkout"}}',
        f"{AT}.559836000+00:00",
        {"host": "node1"},
    ),
    "Docker, splunk, format raw": Shape(
        "docker v28.5.2, daemon/logger/splunk/splunk.go",
        f"{HEC}/1.0",
        None,
        TOKEN,
        b'{"event":"web a","time":"1769899677.559836","host":"node1","source":"app","index":"main"}'
        b'{"event":"web b","time":"1769899677.559837","host":"node1","source":"app","index":"main"}',
        200,
        "web a",
        f"{AT}.559836000+00:00",
        {"host": "node1", "source": "app", "index": "main"},
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_documented_shape_is_accepted_and_a_repeat_has_the_same_ids(
    ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch, shape: Shape
) -> None:
    monkeypatch.setenv("AUTH", "api-key")

    answers = [
        send(shape.body, shape.path, shape.content_type, headers=shape.headers, credential="acme") for _ in range(2)
    ]

    assert [answer["statusCode"] for answer in answers] == [shape.status] * 2
    logs = ingest.envelopes()
    assert len(logs) == 4
    assert len({log["log_id"] for log in logs}) == 2
    assert {log["tenant_id"] for log in logs} == {"acme"}
    [first, _] = [log for log in logs if log["text"] == shape.text]
    assert first.get("timestamp") == shape.timestamp
    assert first.get("attributes") == shape.attributes
    assert first.get("severity", {}).get("number") == shape.severity
