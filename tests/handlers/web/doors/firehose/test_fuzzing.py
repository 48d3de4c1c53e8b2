"""Whatever is sent to the Firehose door: a clear answer in time, and no 200 for what is not in the queue."""

import base64
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fake_sqs import FakeSqs
from tests.support.firehose_client import ACME, REQUEST_ID, deliver, log_event, message, packed, records, said

CPU_SECONDS = 2
FINAL = {400, 401, 403, 415}
# Each example empties the queue by itself.
fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_event = st.fixed_dictionaries({}, optional={"id": _json, "timestamp": _json, "message": st.text() | _json})
_message = st.fixed_dictionaries(
    {"messageType": st.sampled_from(["DATA_MESSAGE", "CONTROL_MESSAGE"]), "logEvents": st.lists(_event | _json)},
    optional={"logGroup": _json, "logStream": _json, "owner": _json},
).map(lambda content: json.dumps(content).encode())
_content = st.binary() | st.text().map(str.encode) | _message
_packed = _content.map(gzip.compress)
_damaged = st.tuples(_packed, st.integers(0, 30)).map(lambda cut: cut[0][: -cut[1] or None])
_record = (_content | _packed | _damaged).map(lambda data: {"data": base64.b64encode(data).decode()})
_delivery = st.fixed_dictionaries(
    {"requestId": st.just(REQUEST_ID), "records": st.lists(_record | st.fixed_dictionaries({"data": _json}))},
    optional={"timestamp": _json},
)
_body = (_delivery | st.fixed_dictionaries({"requestId": st.just(REQUEST_ID), "records": _json}) | _json).map(
    json.dumps
) | st.text()
_attributes = st.none() | st.just(ACME["x-amz-firehose-common-attributes"]) | _json.map(json.dumps) | st.text()


@fuzzed
@given(body=_body, attributes=_attributes)
def test_any_request_gets_an_answer_of_the_protocol(ingest: FakeSqs, body: str, attributes: str | None) -> None:
    ingest.sent.clear()
    headers = {"x-tenant-id": "acme"} | ({} if attributes is None else {"x-amz-firehose-common-attributes": attributes})

    answer = deliver(body, headers)

    assert answer["statusCode"] in FINAL | {200}
    assert said(answer)["requestId"] == REQUEST_ID
    assert ("errorMessage" in said(answer)) == (answer["statusCode"] != 200)


@settings(fuzzed, max_examples=30)  # a message that SQS refuses is tried again after a pause
@given(
    texts=st.lists(st.text(alphabet="abc 日🙂", min_size=1), max_size=12),
    events=st.lists(st.text(min_size=1).filter(lambda text: not set(text) & set("\ud800\udfff")), max_size=5),
    refused=st.sets(st.integers(0, 20)),
)
def test_200_is_said_only_when_the_queue_has_every_log(
    ingest: FakeSqs, texts: list[str], events: list[str], refused: set[int]
) -> None:
    ingest.sent.clear()
    numbers: dict[str, int] = {}

    def refuse(entry: dict[str, Any], _tries: int) -> str | None:
        log_id = json.loads(entry["MessageBody"])["log_id"]
        return "InvalidParameterValue" if numbers.setdefault(log_id, len(numbers)) in refused else None

    ingest.refuse = refuse
    of_cloudwatch = [log_event(text, f"event-{number}") for number, text in enumerate(events)]
    answer = deliver(records(*texts, message(*of_cloudwatch)))

    is_all_taken = Counter(ingest.texts()) == Counter(texts + events)
    assert answer["statusCode"] == (200 if is_all_taken else 503)


def _cloudwatch(events: str) -> str:
    return f'{{"messageType": "DATA_MESSAGE", "logEvents": [{events}]}}'


def _delivered(written_records: str) -> str:
    return f'{{"requestId": "{REQUEST_ID}", "records": [{written_records}]}}'


HEAVY = {
    "a million empty records": lambda: _delivered("{}," * 10**6 + "{}"),
    "400,000 records without data": lambda: _delivered('{"data":""},' * 400_000 + "{}"),
    "10,000 records": lambda: records(*["x" * 300] * 10_000),
    "10,000 packed records": lambda: records(*[packed(b"x")] * 10_000),
    "a million empty events": lambda: records(packed(_cloudwatch("{}," * 10**6 + "{}").encode())),
    "300,000 events": lambda: records(packed(_cloudwatch('{"message":"x"},' * 300_000 + "{}").encode())),
    "five million empty arrays": lambda: records(packed(_cloudwatch("[]," * 5_000_000 + "[]").encode())),
    "nesting of a million": lambda: records(packed(_cloudwatch("[" * 10**6).encode())),
    "a time of 4,000 digits": lambda: records(
        packed(_cloudwatch(f'{{"message":"x","timestamp":{"1" * 4000}}}').encode())
    ),
    "16 MiB of nothing": lambda: records(packed(bytes(16 * 1024 * 1024))),
    "100 MB of nothing": lambda: records(packed(bytes(10**8))),
    "3 GB of nothing": lambda: records(*[packed(bytes(1024 * 1024))] * 3000),
}


@pytest.mark.usefixtures("ingest")
@pytest.mark.parametrize("make", HEAVY.values(), ids=HEAVY)
def test_what_is_heavy_is_answered_within_the_budget(make: Callable[[], str]) -> None:
    body = make()
    started = time.process_time()

    answer = deliver(body)

    assert time.process_time() - started < CPU_SECONDS
    assert answer["statusCode"] in {200, 400}
