"""The OTLP door, whatever is sent: no failure of ours, and no acknowledgement for what is not in the queue."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.web.doors.otlp.messages import ExportRequest
from tests.support.fake_sqs import FakeSqs
from tests.support.otlp_client import JSON, PROTOBUF, as_json, export, full_request, success


def assert_nothing_is_acknowledged_but_what_is_sent(ingest: FakeSqs, body: bytes | str, media_type: str) -> None:
    before = len(ingest.sent)

    answer = export(body, media_type)

    assert answer["statusCode"] in {200, 400, 413}
    if answer["statusCode"] != 200:
        assert len(ingest.sent) == before
    elif media_type == PROTOBUF:
        request = ExportRequest.FromString(body)
        logs = sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs)
        assert len(ingest.sent) - before == logs - success(answer)[0]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_clear_answer(ingest: FakeSqs, body: bytes) -> None:
    assert_nothing_is_acknowledged_but_what_is_sent(ingest, body, PROTOBUF)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=4))
@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_a_damaged_request_gets_a_clear_answer(
    ingest: FakeSqs, media_type: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    request = full_request()
    body = as_json(request).encode() if media_type == JSON else request.SerializeToString()
    for position, removed, added in cuts:
        body = body[:position] + added + body[position + removed :]

    damaged = body.decode(errors="replace") if media_type == JSON else body
    assert_nothing_is_acknowledged_but_what_is_sent(ingest, damaged, media_type)
