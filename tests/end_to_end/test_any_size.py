"""A large text, many lines and many requests, all at the same time, while workers are killed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest

from bench.chaos.audit import Tally, audit
from bench.chaos.client import Client
from bench.chaos.faults import FaultPlan
from bench.chaos.injectors import Injectors, Kills
from bench.chaos.loads import send_large_text, send_lines, send_steadily
from bench.chaos.rig import rig
from bench.chaos.run import SIZE_CONFIG

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]  # half a minute; test_tenants.py reads a long text back

SEED = 5
# A part of the largest size takes two seconds, and is soon delivered again after a kill.
CONFIG = SIZE_CONFIG | {"processingSecondsPerChar": "0.00005", "workerTimeoutSeconds": "12"}
VISIBILITY_TIMEOUT_SECONDS = 15
LARGE = {"chars": 300_000, "secrets": 60}
LINES = 600
PER_MINUTE, SECONDS = 1_000, 6
KILLS = 3
SETTLE_TIMEOUT_SECONDS = 200

Load = Callable[[Client], None]
LOADS: dict[str, Load] = {
    "large": partial(send_large_text, seed=SEED, **LARGE),
    "lines": partial(send_lines, seed=SEED, lines=LINES),
    "rate": partial(send_steadily, seed=SEED, per_minute=PER_MINUTE, seconds=SECONDS),
}


@dataclass(frozen=True)
class Finished:
    """What is left once no message is in flight."""

    tallies: dict[str, Tally]
    clients: dict[str, Client]
    kills: int


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    log = tmp_path_factory.mktemp("any-size") / "emulator.log"
    kills = Kills(seconds=2, most=KILLS)
    plan = FaultPlan.without_faults()
    with rig(plan, config=CONFIG, visibility_timeout_seconds=VISIBILITY_TIMEOUT_SECONDS, log=log) as running:
        clients = {name: Client(running.outputs["ingest_url"]) for name in LOADS}
        with Injectors(running, [kills], seed=SEED):
            with ThreadPoolExecutor(len(LOADS)) as senders:
                sending = [senders.submit(load, clients[name]) for name, load in LOADS.items()]
            for sent in sending:
                sent.result()
            running.settle(timeout_seconds=SETTLE_TIMEOUT_SECONDS)
        final = running.final_state()
        tallies = {name: audit(final, client, running.proxy.traffic) for name, client in clients.items()}
        return Finished(tallies, clients, kills.count)


def test_a_large_text_is_stored_in_parts_and_redacted_as_a_whole(finished: Finished) -> None:
    tally = finished.tallies["large"]
    [log] = finished.clients["large"].logs

    assert len(log.text) >= LARGE["chars"]
    assert log.parts > 5
    assert (tally.accepted, tally.stored, tally.altered) == (1, 1, 0), tally.examples


def test_every_line_of_a_request_is_stored_once_and_redacted(finished: Finished) -> None:
    tally = finished.tallies["lines"]

    assert (tally.accepted, tally.stored, tally.altered) == (LINES, LINES, 0), tally.examples


def test_every_request_of_a_steady_stream_is_stored_once_and_redacted(finished: Finished) -> None:
    tally = finished.tallies["rate"]

    assert (tally.accepted, tally.stored, tally.altered) == (PER_MINUTE * SECONDS // 60,) * 2 + (0,), tally.examples


def test_workers_were_killed_meanwhile(finished: Finished) -> None:
    assert finished.kills > 0
