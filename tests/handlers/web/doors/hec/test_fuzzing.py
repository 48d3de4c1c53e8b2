"""The HEC door, whatever is sent: no failure of ours, and no acknowledgement for what is not in the queue."""

import gzip
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fake_sqs import FakeSqs
from tests.support.hec_client import EVENT, JSON, RAW, TENANT, said, send

anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["event", "time", "fields", "host", "source", "sourcetype", "index", "level"]) | st.text()
nearly_events = st.dictionaries(names, json_values | st.just("acme"), max_size=5).map(json.dumps)
separators = st.sampled_from(["", " ", "\n", ",", "\x00", "]", "["])
bodies = st.lists(nearly_events | st.text(max_size=8) | json_values.map(json.dumps), max_size=5)
texts = st.builds(lambda parts, separator, ends: ends[0] + separator.join(parts) + ends[1], bodies, separators,
                  st.sampled_from([("", ""), ("[", "]"), ("[", ""), (" ", "\r\n")]))  # fmt: skip
values = st.text(st.characters(codec="utf-8"), max_size=8)
queries = st.dictionaries(
    st.sampled_from(["host", "source", "sourcetype", "index", "time", "channel", "token", "other"]), values
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "x-tenant-id": st.sampled_from(["acme", "beta", "a b", ""]),
        "content-encoding": st.sampled_from(["gzip", "identity", "br", ""]),
        "authorization": st.text(max_size=8),
        "idempotency-key": values,
    },
)


@anything
@given(
    path=st.sampled_from([EVENT, RAW]),
    body=texts | st.binary() | texts.map(lambda text: gzip.compress(text.encode(errors="replace"))),
    content_type=st.sampled_from([JSON, "text/plain; charset=utf-8", "text/plain; charset=latin-1", "", None]),
    headers=headers,
    query=queries,
)
def test_whatever_is_sent_is_answered_and_what_is_acknowledged_is_in_the_queue(
    ingest: FakeSqs, path: str, body: str | bytes, content_type: str | None, **rest: Any
) -> None:
    ingest.sent.clear()

    answer = send(body, path, content_type, headers=rest["headers"], **rest["query"])

    status, code = said(answer)
    assert status in {200, 400, 413}
    assert (status == 200) == (code == 0)
    some_were_accepted = status == 200 or "the others were" in json.loads(answer["body"]).get("detail", "")
    assert bool(ingest.sent) == some_were_accepted


GOOD = "good"
BAD = {"{}": 12, '{"event": ""}': 13, '{"event": 1, "fields": 1}': 15, '{"event": NaN}': 6, "0": 6}


@settings(anything, max_examples=30)  # a message that SQS refuses is tried again after a pause
@given(
    events=st.lists(st.sampled_from([GOOD, *BAD]), min_size=1, max_size=12),
    refused=st.sets(st.integers(0, 11)),
    is_array=st.booleans(),
    space=st.sampled_from(["", " ", "\r\n"]),
)
def test_every_event_that_the_answer_does_not_name_is_in_the_queue(
    ingest: FakeSqs, events: list[str], *, refused: set[int], is_array: bool, space: str
) -> None:
    ingest.sent.clear()
    ingest.refuse = lambda entry, _tries: (
        "InternalError" if int(json.loads(entry["MessageBody"])["text"]) in refused else None
    )
    written = [
        json.dumps({"event": f"{index}", "time": time.time()}) if event == GOOD else event
        for index, event in enumerate(events)
    ]
    body = f"[{space}{','.join(written)}{space}]" if is_array else (space or " ").join(written)

    answer = send(body, headers=TENANT)

    good = {index for index, event in enumerate(events) if event == GOOD}
    bad = [index for index, event in enumerate(events) if event != GOOD]
    assert {int(text) for text in ingest.texts()} == good - refused
    if good & refused:
        assert said(answer) == (503, 9)
    elif bad:
        assert said(answer) == (400, BAD[events[bad[0]]])
        assert json.loads(answer["body"])["invalid-event-number"] == bad[0]
    else:
        assert said(answer) == (200, 0)


@pytest.mark.parametrize("path", [EVENT, RAW])
@anything
@given(lines=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1)))
def test_texts_arrive_as_they_were_sent(ingest: FakeSqs, path: str, lines: list[str]) -> None:
    ingest.sent.clear()
    written = [line for line in lines if path == EVENT or line.strip(" \t\n\r\v\f")]
    body = "\n".join(lines) if path == RAW else "".join(json.dumps({"event": line}) for line in lines)

    answer = send(body, path)

    assert said(answer) == ((200, 0) if written else (400, 5))
    assert sorted(ingest.texts()) == sorted(written)
