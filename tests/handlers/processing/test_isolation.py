"""Isolation: a child's result is this process's own; every way to have none has a name and leaves nothing behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from handlers.processing.isolation import (
    LEAST_CHILD_BYTES,
    RESERVED_BYTES,
    ProcessingFailed,
    ProcessIsolation,
    child_memory_bytes,
)
from handlers.processing.simulation import ProcessingOptions, redact_log
from handlers.redaction import DEFAULT_KINDS, redact
from tests.support.checkout import ROOT
from tests.support.processes import children, is_running, open_files, wait_until

# As infra's budget has it: two texts and their attributes in 400 KiB, four bytes per character.
LONGEST_TEXT_CHARS = 50_688
MEMORY_BYTES = 32 << 20
REAL, MISBEHAVING = "handlers.processing.fork_server", "tests.support.misbehaving_children"
ENVIRONMENT = {"PATH": os.environ["PATH"], "TABLE_NAME": "logs"}


def isolation_with(server_module: str = REAL, *, memory_bytes: int = MEMORY_BYTES, **options: Any) -> ProcessIsolation:
    return ProcessIsolation(
        ProcessingOptions(**{"seconds_per_char": 0, "kinds": ("email", "phone"), "chaos": True} | options),
        environment=ENVIRONMENT,
        child_memory_bytes=memory_bytes,
        server_module=server_module,
    )


@pytest.fixture
def before() -> set[int]:
    """Return this process's children before a test starts any."""
    return children()


def shared(server_module: str) -> Iterator[ProcessIsolation]:
    made = isolation_with(server_module)
    yield made
    made.close()
    assert servers(server_module) == []


@pytest.fixture(scope="module")
def isolation() -> Iterator[ProcessIsolation]:
    """Yield an isolation that the tests share, because a server takes long to start."""
    yield from shared(REAL)


@pytest.fixture(scope="module")
def misbehaving() -> Iterator[ProcessIsolation]:
    """Yield the same with children that do what no processing should do."""
    yield from shared(MISBEHAVING)


def servers(server_module: str) -> list[int]:
    """Return this process's children that run a module."""
    return [pid for pid in children() if server_module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]


def server_of_misbehaving() -> int:
    [pid] = servers(MISBEHAVING)
    return pid


def server(before: set[int]) -> int:
    [pid] = children() - before
    return pid


def failure(isolation: ProcessIsolation, text: str, *, timeout_seconds: float = 20) -> str:
    with pytest.raises(ProcessingFailed) as failed:
        isolation.process(text, timeout_seconds=timeout_seconds)
    return str(failed.value)


@pytest.mark.parametrize(
    "text",
    [
        "call 555-0199 or a@example.com",
        "Grüße 😀 \x00\x1b[31m\ufffe\uffff שלום\u2028\r\n",
        "a\ud800b 555-0199",
        '{"error": "ProcessingFailed"}',
        ("😀 a@example.com " * 4000)[:LONGEST_TEXT_CHARS],
        "\x00" * LONGEST_TEXT_CHARS,
    ],
    ids=["plain", "odd characters", "a lone surrogate", "what looks like an answer", "longest", "longest escaped"],
)
def test_a_child_gives_the_same_result_as_this_process(isolation: ProcessIsolation, text: str) -> None:
    assert isolation.process(text, timeout_seconds=20) == redact(text)


def test_a_child_redacts_attributes_too(isolation: ProcessIsolation) -> None:
    attributes = {"user": {"phone": 4155552671, "ids": [1, 2.5, None, True]}, "a@example.com": "😀 b@example.com"}

    redacted = isolation.process("call 555-0199", attributes, timeout_seconds=20)

    assert redacted == redact_log("call 555-0199", attributes, DEFAULT_KINDS)
    assert redacted.counts == {"email": 2, "phone": 2}
    assert redacted.attributes == {
        "user": {"phone": "[REDACTED]", "ids": [1, 2.5, None, True]},
        "[REDACTED]": "😀 [REDACTED]",
    }


def test_a_text_may_be_longer_than_the_buffer_of_a_pipe() -> None:
    text = ("call 555-0199 or a@example.com 😀\n" * 40_000)[: 1 << 20]
    isolation = isolation_with(memory_bytes=256 << 20)

    assert isolation.process(text, timeout_seconds=60) == redact(text)
    isolation.close()


@pytest.mark.parametrize(
    ("text", "cause"),
    [("chaos:raise", "ChaosRaised"), ("chaos:exit", "ExitStatus1"), ("chaos:memory", "MemoryError")],
)
def test_a_failure_has_a_name(isolation: ProcessIsolation, text: str, cause: str) -> None:
    assert failure(isolation, f"{text} call 555-0199") == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("garbage", "BadAnswer"),
        ("another answer", "BadAnswer"),
        ("a sentence for a name", "BadAnswer"),
        ("less than nothing", "BadAnswer"),
        ("flood", "BadAnswer"),
        ("half an answer", "ExitStatus137"),
        ("exit without an answer", "ExitStatus0"),
        ("segmentation fault", "ExitStatus-11"),
        ("killed", "ExitStatus-9"),
        ("close and hang", "NoAnswer"),
    ],
)
def test_a_child_that_breaks_the_protocol_fails_its_own_text_only(
    misbehaving: ProcessIsolation, text: str, cause: str
) -> None:
    assert failure(misbehaving, text) == cause

    assert children(server_of_misbehaving()) == set()
    assert misbehaving.process("call 555-0199", timeout_seconds=20).text == "call [REDACTED]"


@pytest.mark.parametrize("text", ["hang", "hang whatever the signal", "stopped", "fork without end"])
def test_a_child_that_hangs_is_gone_when_its_time_is_up(misbehaving: ProcessIsolation, text: str) -> None:
    misbehaving.process("start the server", timeout_seconds=20)
    started = time.monotonic()

    cause = failure(misbehaving, text, timeout_seconds=1)

    # Root may fork; others are held to one process.
    assert cause in ({"TimeoutExpired"} if os.getuid() == 0 else {"TimeoutExpired", "BlockingIOError"})
    assert time.monotonic() - started < 3
    assert children(server_of_misbehaving()) == set()


def test_the_processes_of_a_child_end_with_it(misbehaving: ProcessIsolation) -> None:
    cause = failure(misbehaving, "leave a grandchild")

    assert cause == ("ExitStatus7" if os.getuid() == 0 else "BlockingIOError")
    group = server_of_misbehaving()
    assert wait_until(lambda: not descendants_in_other_groups(group))


def descendants_in_other_groups(server_pid: int) -> list[int]:
    """Return the processes of the server's session, without the server."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == server_pid and int(entry.name) != server_pid and is_running(int(entry.name)):
            found.append(int(entry.name))
    return found


def test_a_child_that_kills_the_server_still_answers_and_the_next_text_has_a_new_server(
    misbehaving: ProcessIsolation,
) -> None:
    misbehaving.process("start the server", timeout_seconds=20)
    first = server_of_misbehaving()

    answer = misbehaving.process("kill the server", timeout_seconds=20)

    assert answer.text == "kill the server"
    assert misbehaving.process("555-0199", timeout_seconds=20).text == "[REDACTED]"
    assert server_of_misbehaving() != first


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_texts_in_progress_survive_the_death_of_the_server(before: set[int], number: int) -> None:
    isolation = isolation_with(seconds_per_char=0.2)
    isolation.process("", timeout_seconds=20)
    first = server(before)

    with ThreadPoolExecutor(10) as executor:
        answers = [executor.submit(isolation.process, "ten chars.", timeout_seconds=30) for _ in range(10)]
        assert wait_until(lambda: len(children(first)) == 10)
        os.kill(first, number)
        texts = [answer.result().text for answer in answers]

    assert texts == ["ten chars."] * 10
    assert isolation.process("", timeout_seconds=20).text == ""
    assert server(before) != first
    isolation.close()


def test_a_stopped_server_is_replaced(before: set[int]) -> None:
    isolation = isolation_with()
    isolation.process("", timeout_seconds=20)
    first = server(before)

    with ThreadPoolExecutor(1) as executor:
        hanging = executor.submit(failure, isolation, "chaos:hang", timeout_seconds=1)
        assert wait_until(lambda: len(children(first)) == 1)
        [child] = children(first)
        os.kill(first, signal.SIGSTOP)

        assert hanging.result() == "TimeoutExpired"

    assert wait_until(lambda: not is_running(child))
    assert isolation.process("555-0199", timeout_seconds=20).text == "[REDACTED]"
    assert server(before) != first
    isolation.close()


@pytest.mark.parametrize("timeout_seconds", [0, -1])
def test_without_time_there_is_no_result(isolation: ProcessIsolation, timeout_seconds: float) -> None:
    assert failure(isolation, "x", timeout_seconds=timeout_seconds) == "TimeoutExpired"


def test_a_server_that_cannot_start_is_a_failure_of_the_text(
    before: set[int], capfd: pytest.CaptureFixture[str]
) -> None:
    isolation = isolation_with(kinds=("nonsense",))

    assert failure(isolation, "x") == "NoChild"

    assert "nonsense" in capfd.readouterr().err
    isolation.close()
    assert children() == before


def test_concurrent_threads_each_get_their_own_result(isolation: ProcessIsolation) -> None:
    texts = [f"{number} call 555-0199 " * (1 + number**2) for number in range(40)]
    texts[::4] = ["chaos:exit", "chaos:raise"] * 5

    def outcome(text: str) -> str:
        try:
            return isolation.process(text, timeout_seconds=60).text
        except ProcessingFailed as error:
            return str(error)

    with ThreadPoolExecutor(10) as executor:
        outcomes = list(executor.map(outcome, texts))

    failures = {"chaos:exit": "ExitStatus1", "chaos:raise": "ChaosRaised"}
    assert outcomes == [failures.get(text) or redact(text).text for text in texts]


def test_nothing_accumulates(misbehaving: ProcessIsolation) -> None:
    texts = ["fine", "garbage", "half an answer", "killed", "flood"]
    for text in texts:
        with_outcome(misbehaving, text)
    pid = server_of_misbehaving()
    files = open_files(), open_files(pid)

    for text in texts * 20:
        with_outcome(misbehaving, text)

    assert open_files() <= files[0]
    assert wait_until(lambda: open_files(pid) <= files[1])
    assert children(pid) == set()
    assert server_of_misbehaving() == pid


def with_outcome(isolation: ProcessIsolation, text: str) -> None:
    with contextlib.suppress(ProcessingFailed):
        isolation.process(text, timeout_seconds=20)


def test_a_child_inherits_nothing_and_can_start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "s3cret")
    misbehaving = isolation_with(MISBEHAVING)
    with ThreadPoolExecutor(5) as executor:
        states = list(executor.map(lambda _: misbehaving.process("state", timeout_seconds=20).text, range(5)))
    misbehaving.close()

    for state in map(json.loads, states):
        assert state["environment"].keys() <= ENVIRONMENT.keys() | {"LC_CTYPE", "PYDANTIC_DISABLE_PLUGINS"}
        # Three streams, its connection, and the folder that it was listing.
        assert state["files"] == [0, 1, 2, 3, 4]
        assert state["group"][0] == state["group"][1]
        assert (state["processes"], state["core"]) == ([0, 0], [0, 0])
        assert MEMORY_BYTES < state["memory"] < MEMORY_BYTES + (32 << 20)


def test_what_a_child_prints_reaches_no_log(capfd: pytest.CaptureFixture[str]) -> None:
    misbehaving = isolation_with(MISBEHAVING)  # a server that started now writes where this test looks
    misbehaving.process("print", timeout_seconds=20)
    misbehaving.close()

    assert capfd.readouterr() == ("", "")


def test_when_this_process_is_killed_its_server_and_children_end_too() -> None:
    script = (
        "from tests.handlers.processing.test_isolation import *\n"
        "isolation = isolation_with()\n"
        "isolation.process('', timeout_seconds=20)\n"
        "print(*children(), flush=True)\n"
        "isolation.process('chaos:hang', timeout_seconds=60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert wait_until(lambda: len(children(pid)) == 1)
        [child] = children(pid)

        worker.kill()

        assert wait_until(lambda: not is_running(child) and not is_running(pid))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of this process, and of another one with its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def test_after_the_first_a_text_costs_at_most_15_ms_of_cpu(before: set[int]) -> None:
    isolation = isolation_with()
    text = ("2026-01-31 INFO user a@example.com called 555-0199 from 10.0.0.1\n" * 50)[:2800]
    isolation.process(text, timeout_seconds=20)
    pid = server(before)
    started = cpu_seconds(pid)

    for _ in range(40):
        isolation.process(text, timeout_seconds=20)

    # Five where it was measured; a new interpreter takes 240.
    assert (cpu_seconds(pid) - started) / 40 < 0.015
    isolation.close()


def test_the_server_loads_nothing_that_it_does_not_need() -> None:
    code = "import sys, json, handlers.processing.fork_server; json.dump(sorted(sys.modules), sys.stdout)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    heavy = {"pydantic", "boto3", "botocore", "logging", "asyncio", "concurrent.futures", "handlers.logs.envelope"}
    assert not heavy & set(json.loads(loaded.stdout))


@pytest.mark.parametrize("memory_mb", [512, 1024, 10_240])
@pytest.mark.parametrize("batch_size", [1, 10])
def test_a_batch_of_children_that_use_all_their_memory_fits_into_the_function(memory_mb: int, batch_size: int) -> None:
    share = child_memory_bytes(memory_mb=memory_mb, batch_size=batch_size)

    assert batch_size * share + RESERVED_BYTES <= memory_mb << 20
    assert share > LEAST_CHILD_BYTES


def test_with_little_memory_a_child_still_has_what_the_longest_text_needs() -> None:
    isolation = isolation_with(memory_bytes=child_memory_bytes(memory_mb=128, batch_size=10))
    text = ("a@b.cd 555-0199 " * 4000)[:LONGEST_TEXT_CHARS]

    assert isolation.process(text, timeout_seconds=20) == redact(text)
    isolation.close()
