"""The Firehose door: requests that can never be accepted, and what costs much to read."""

import json

import pytest

from tests.support.fake_sqs import FakeSqs
from tests.support.firehose_client import NOW_MS, REQUEST_ID, deliver, log_event, message, packed, records, said

DEEP = "[" * 100_000 + "]" * 100_000
BODIES = {
    "empty": "",
    "text": "x",
    "null": "null",
    "array": "[]",
    "no records": json.dumps({"requestId": REQUEST_ID}),
    "records of another type": json.dumps({"requestId": REQUEST_ID, "records": {}}),
    "a record of another type": json.dumps({"requestId": REQUEST_ID, "records": ["x"]}),
    "a record without data": json.dumps({"requestId": REQUEST_ID, "records": [{}]}),
    "data of another type": json.dumps({"requestId": REQUEST_ID, "records": [{"data": 5}]}),
    "data that is null": json.dumps({"requestId": REQUEST_ID, "records": [{"data": None}]}),
    "false base64": json.dumps({"requestId": REQUEST_ID, "records": [{"data": "eA="}]}),
    "base64 with a line end": json.dumps({"requestId": REQUEST_ID, "records": [{"data": "eA==\n"}]}),
    "base64 that is no ASCII": json.dumps({"requestId": REQUEST_ID, "records": [{"data": "é"}]}),
    "another id": records("x", request_id="another"),
    "an id of another type": records("x").replace(f'"{REQUEST_ID}"', "5"),
    "nesting of 100,000": f'{{"requestId": "{REQUEST_ID}", "records": {DEEP}}}',
    "nesting of 100,000 beside the records": records("x")[:-1] + f', "x": {DEEP}}}',
    "an integer of 5,000 digits": records("x").replace(str(NOW_MS), "1" * 5000),
    "NaN": records("x").replace(str(NOW_MS), "NaN"),
    "10,001 records": records(*["x"] * 10_001),
    "10,001 events": records(message(*[log_event()] * 10_001)),
    "350,000 empty records": json.dumps({"requestId": REQUEST_ID, "records": [{"data": ""}] * 350_000}),
    "a million empty events": records(packed(b'{"messageType": "DATA_MESSAGE", "logEvents": [' + b"{}," * 10**6)),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_request_that_can_never_be_accepted_is_400_and_nothing_of_it_is_sent(ingest: FakeSqs, body: str) -> None:
    answer = deliver(body)

    # Never 413: it is the one status at which Firehose does not write the request to the stream's bucket.
    assert answer["statusCode"] == 400
    assert said(answer).keys() == {"requestId", "timestamp", "errorMessage"}
    assert said(answer)["requestId"] == REQUEST_ID
    assert ingest.sent == []


MIB = 1024 * 1024


@pytest.mark.parametrize(
    "contents", [[packed(b"x" * 17 * MIB)], [packed(b"x" * MIB)] * 17, [packed(b"x" * 16 * MIB), b"x"]]
)
def test_the_records_of_a_request_unpack_to_16_mib_in_all(ingest: FakeSqs, contents: list[bytes]) -> None:
    answer = deliver(records(*contents))

    assert answer["statusCode"] == 400
    assert "unpack to at most 16,777,216 bytes; give the stream a smaller buffer" in said(answer)["errorMessage"]
    assert ingest.sent == []


def test_too_much_work_is_400_with_what_is_allowed(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.05")
    monkeypatch.setenv("MAX_PROCESSING_SECONDS_PER_REQUEST", "300")

    answer = deliver(records("x" * 3001, "x" * 3000))

    assert answer["statusCode"] == 400
    assert "send at most 6,000 characters in a request" in said(answer)["errorMessage"]
    assert ingest.sent == []


@pytest.mark.parametrize("request_id", ["", " ", "x" * 256, "é"])
def test_a_request_without_a_usable_id_is_refused(ingest: FakeSqs, request_id: str) -> None:
    assert deliver(records("x", request_id=request_id), request_id=request_id)["statusCode"] == 400
    assert ingest.sent == []


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "[]",
        "{" * 5000,
        '{"commonAttributes": []}',
        '{"commonAttributes": {"a": 5}}',
        '{"commonAttributes": {"tenant_id": ["acme"]}}',
        '{"commonAttributes": {"a": "\\ud800"}}',
        json.dumps({"commonAttributes": {"a": "b" * 40_000}}),
    ],
)
def test_common_attributes_that_cannot_be_kept_are_400(ingest: FakeSqs, header: str) -> None:
    headers = {"x-amz-firehose-common-attributes": header, "x-tenant-id": "acme"}

    assert deliver(records("x"), headers)["statusCode"] == 400
    assert ingest.sent == []
