"""The whole pipeline over HTTP, on the embedded cloud: what a client sends, and what happens to it."""

import json
import socket
import time
import uuid
from pathlib import Path

import pytest

from tests.support.stack import Stack, wait_until


def a_name() -> str:
    return uuid.uuid4().hex


def test_a_json_log_is_stored_as_the_contract_says(stack: Stack) -> None:
    answer = stack.request(
        "/ingest",
        '{"tenant_id": "acme", "log_id": "123", "text": "User 555-0199..."}',
        content_type="application/json",
    )

    record = stack.wait_for_record("acme", "123")
    assert answer.status == 202
    assert answer.body == {
        "status": "accepted",
        "log_id": "123",
        "tenant_id": "acme",
        "message": "Processing queued successfully",
        "message_id": record["message_id"]["S"],
    }
    assert record["source"] == {"S": "json_upload"}
    assert record["original_text"] == {"S": "User 555-0199..."}
    assert record["modified_data"] == {"S": "User [REDACTED]..."}
    assert record["processed_at"]["S"].endswith("+00:00")


def test_a_text_log_is_stored_as_the_contract_says(stack: Stack) -> None:
    text = "Error: contact admin@company.com or call 123-456-7890"

    answer = stack.request("/ingest", text, content_type="text/plain", x_tenant_id="beta_inc")

    record = stack.wait_for_record("beta_inc", answer.body["log_id"])
    assert answer.status == 202
    assert record["source"] == {"S": "text_upload"}
    assert record["original_text"] == {"S": text}
    assert record["modified_data"] == {"S": "Error: contact [REDACTED] or call [REDACTED]"}
    assert record["redactions"] == {"M": {"email": {"N": "1"}, "phone": {"N": "1"}}}


def test_two_tenants_may_use_the_same_log_id(stack: Stack) -> None:
    log_id = a_name()
    for tenant_id in ("acme", "beta_inc"):
        stack.post(f"of {tenant_id}", tenant_id=tenant_id, log_id=log_id)

    records = [stack.wait_for_record(tenant_id, log_id) for tenant_id in ("acme", "beta_inc")]

    assert [record["original_text"]["S"] for record in records] == ["of acme", "of beta_inc"]


def test_a_log_that_raises_becomes_a_dead_letter_after_three_receives_and_the_others_are_stored(stack: Stack) -> None:
    bad, good = a_name(), [a_name() for _ in range(3)]
    lines = [{"log_id": log_id, "text": "fine"} for log_id in good]
    lines.insert(2, {"log_id": bad, "text": "chaos:raise"})

    answer = stack.request(
        "/ingest",
        "\n".join(map(json.dumps, lines)),
        content_type="application/x-ndjson",
        x_tenant_id="acme",
    )

    [message_id] = [result["message_id"] for result in answer.body["results"] if result["log_id"] == bad]
    stack.wait_for_dead_letter(message_id)
    for log_id in good:
        stack.wait_for_record("acme", log_id)
    failures = wait_until(lambda: [e for e in stack.events("logs-worker") if e["log_id"] == bad])
    assert [failure["message"] for failure in failures] == ["retried"] * 3
    assert stack.record("acme", bad) is None


@pytest.mark.slow
def test_only_the_log_that_crashes_its_process_becomes_a_dead_letter_and_the_others_are_stored_once(
    stack: Stack,
) -> None:
    bad, good = a_name(), [a_name() for _ in range(3)]
    lines = [{"log_id": log_id, "text": "fine"} for log_id in good] + [{"log_id": bad, "text": "chaos:exit"}]

    answer = stack.request(
        "/ingest",
        "\n".join(map(json.dumps, lines)),
        content_type="application/x-ndjson",
        x_tenant_id="acme",
    )

    ids = {result["log_id"]: result["message_id"] for result in answer.body["results"]}
    for log_id in good:
        record = stack.wait_for_record("acme", log_id)
        assert record["message_id"]["S"] == ids[log_id]
    stack.wait_for_dead_letter(ids[bad])
    assert [stack.dead_letter(ids[log_id]) for log_id in good] == [None] * 3


def test_only_the_log_that_hangs_becomes_a_dead_letter_and_the_others_are_stored(stack: Stack) -> None:
    bad, good = a_name(), a_name()
    lines = [{"log_id": bad, "text": "chaos:hang"}, {"log_id": good, "text": "fine"}]

    answer = stack.request(
        "/ingest", "\n".join(map(json.dumps, lines)), content_type="application/x-ndjson", x_tenant_id="acme"
    )

    stack.wait_for_record("acme", good)
    stack.wait_for_dead_letter(answer.body["results"][0]["message_id"])


def test_the_same_log_twice_is_stored_once(stack: Stack) -> None:
    log_id = a_name()
    first = stack.post("once", tenant_id="acme", log_id=log_id)
    stack.wait_for_record("acme", log_id)

    second = stack.post("once", tenant_id="acme", log_id=log_id)

    wait_until(lambda: [e for e in stack.events("logs-worker") if e["message_id"] == second.body["message_id"]])
    record = stack.record("acme", log_id)
    assert record is not None
    assert record["message_id"]["S"] == first.body["message_id"]
    assert stack.dead_letter(second.body["message_id"]) is None


def test_a_batch_sent_again_after_a_207_is_stored_once(stack: Stack) -> None:
    batch = "\n".join(json.dumps(log) for log in ({"date": time.time(), "message": a_name()}, {"text": ""}))
    lines = {"content_type": "application/x-ndjson", "x_tenant_id": "acme"}
    first = stack.request("/ingest", batch, **lines)
    accepted, _ = first.body["results"]
    stack.wait_for_record("acme", accepted["log_id"])

    second = stack.request("/ingest", batch, **lines)

    again, _ = second.body["results"]
    assert (first.status, second.status) == (207, 207)
    assert again["log_id"] == accepted["log_id"]
    wait_until(lambda: [e for e in stack.events("logs-worker") if e["message_id"] == again["message_id"]])
    record = stack.record("acme", accepted["log_id"])
    assert record is not None
    assert record["message_id"]["S"] == accepted["message_id"]
    assert stack.dead_letter(again["message_id"]) is None


def test_the_same_log_id_with_another_text_is_a_conflict_and_overwrites_nothing(stack: Stack) -> None:
    log_id = a_name()
    stack.post("first", tenant_id="acme", log_id=log_id)
    stack.wait_for_record("acme", log_id)

    second = stack.post("second", tenant_id="acme", log_id=log_id)

    dead = stack.wait_for_dead_letter(second.body["message_id"])
    record = stack.record("acme", log_id)
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "conflict"
    assert record is not None
    assert record["original_text"] == {"S": "first"}


def test_a_message_that_is_not_an_envelope_becomes_a_dead_letter_at_once(stack: Stack) -> None:
    sent = stack.cloud.client("sqs").send_message(QueueUrl=stack.outputs["queue_url"], MessageBody="no envelope")

    dead = stack.wait_for_dead_letter(sent["MessageId"])

    assert dead["Body"] == "no envelope"
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "not_an_envelope"


def test_a_refusal_of_the_queue_is_reported_as_retryable(stack: Stack) -> None:
    iam = stack.cloud.client("iam")
    [policy] = iam.list_role_policies(RoleName="logs-ingest")["PolicyNames"]
    document = iam.get_role_policy(RoleName="logs-ingest", PolicyName=policy)["PolicyDocument"]
    iam.delete_role_policy(RoleName="logs-ingest", PolicyName=policy)

    try:
        answer = stack.post("refused", tenant_id="acme", log_id=a_name())
    finally:
        iam.put_role_policy(RoleName="logs-ingest", PolicyName=policy, PolicyDocument=json.dumps(document))

    assert (answer.status, answer.body["code"], answer.body["retryable"]) == (500, "queue_unavailable", True)
    assert int(answer.headers["retry-after"]) > 0
    assert "AccessDenied" not in json.dumps(answer.body)
    assert stack.post("taken again", tenant_id="acme", log_id=a_name()).status == 202


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [("/nothing", "GET", 404, "not_found"), ("/ingest", "GET", 405, "method_not_allowed")],
)
def test_a_wrong_request_gets_its_code(stack: Stack, path: str, method: str, status: int, code: str) -> None:
    answer = stack.request(path, method=method)

    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_health_answers(stack: Stack) -> None:
    answer = stack.request("/health", method="GET")

    assert (answer.status, answer.body) == (200, {"status": "healthy"})


def test_nothing_listens_on_anything_but_loopback(stack: Stack) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    everywhere = {
        int(local.partition(":")[2], 16) for _, local, _, state, *_ in listening if local.startswith("00000000")
    }

    with socket.create_connection(("127.0.0.1", stack.emulator.port), timeout=5):
        assert stack.emulator.port not in everywhere


def test_no_event_holds_the_text_of_a_log(stack: Stack) -> None:
    log_id, secret = a_name(), a_name()
    stack.post(f"call 555-0199 {secret}", tenant_id="acme", log_id=log_id)
    stack.wait_for_record("acme", log_id)

    wait_until(lambda: [e for e in stack.events("logs-worker") if e["log_id"] == log_id])
    lines = [
        event["message"]
        for function in ("logs-ingest", "logs-worker")
        for event in stack.cloud.client("logs").filter_log_events(logGroupName=function)["events"]
    ]
    assert secret not in "".join(lines)
