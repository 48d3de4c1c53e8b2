"""`bench doors`: what a request costs at each door, beside plain decoding with the same library."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bench.compare.candidate import Candidate, in_turns
from bench.compare.collector import Receiver, version
from bench.compare.door_samples import ATTRIBUTES, SAMPLES
from bench.compare.ingest_handlers import ENVIRONMENT
from bench.report.report import Report, Table, at_most, compared, paragraphs

if TYPE_CHECKING:
    from bench.compare.candidate import Contender
    from bench.report.report import Cell, Comparison

TITLE = "The doors: one warm request in each protocol"
LOGS = (1, 100, 5000)
Measured = dict[int, dict[str, float]]
_LOGS_A_ROUND = 1000
# What the Collector receives too, by the name of our sample.
_COLLECTOR = {f"the Collector, {sample}": sample for sample in SAMPLES if sample.startswith("OTLP")}
NOTES = paragraphs(
    f"""
Every door runs in its own process and takes its turn in each round. “Request” is all that the function does, but the
client's methods that send to SQS are replaced. “Decoding” is what the same library needs for the same body, and
nothing else: protobuf's parse into OpenTelemetry's own messages, `json.loads`, snappy, base64. CPU time.

“The Collector” is OpenTelemetry's own receiver of OTLP over HTTP, which is written in Go, with an exporter that does
nothing: all that its process takes for the same body, on one core. That is an HTTP server, which ours leaves to the
gateway, and the parse. Ours goes on from there: limits, ids, the tenant, and the messages for the queue. It is measured
where `otelcol` is installed ([sending.md](sending.md) says how).

A log has a text of 60 characters. In OTLP, Loki and HEC it also has {ATTRIBUTES} attributes, which are checked, and
written into the message; ours, raw lines and Firehose's records have none.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure every door, round by round."""
    requests, decoding = _per_log(quick=quick)
    per_log, per_attribute = _own_share_of_otlp(quick=quick)
    claims = [
        at_most("our own share of reading OTLP in protobuf, a log", per_log, 1.5, " µs"),
        at_most("our own share of reading OTLP in protobuf, an attribute", per_attribute, 0.6, " µs"),
    ]
    tables = [_costs(requests, decoding), _reading(per_log, per_attribute)]
    return Report("doors", tables, claims, _comparisons(requests))


def _per_log(*, quick: bool) -> tuple[Measured, Measured]:
    """Return what a request and its plain decoding take, in µs per log, by the number of logs and by door."""
    with contextlib.ExitStack() as stack:
        candidates = [
            stack.enter_context(
                Candidate(name, "bench.compare.door_timers:requests", arguments={"name": name}, environment=ENVIRONMENT)
            )
            for name in SAMPLES
        ]
        receivers = [stack.enter_context(Receiver(name, SAMPLES[sample])) for name, sample in _COLLECTOR.items()]

        def measured(what: str, contenders: list[Contender]) -> Measured:
            return {
                logs: in_turns(
                    contenders,
                    rounds=1 if quick else 7,
                    what=what,
                    logs=logs,
                    calls=1 if quick else max(_LOGS_A_ROUND // logs, 1),
                )
                for logs in LOGS
            }

        return measured("request", [*candidates, *receivers]), measured("decoding", [*candidates])


def _own_share_of_otlp(*, quick: bool) -> tuple[float, float]:
    """Return what reading takes beyond protobuf's parse, in µs: a log without attributes, and an attribute."""
    rounds, logs = (1, 10) if quick else (15, 2000)
    with Candidate("otlp", "bench.compare.door_timers:otlp_reading", environment=ENVIRONMENT) as reading:

        def beyond_parse(attributes: int) -> float:
            parse, entries = (
                in_turns([reading], rounds=rounds, what=what, attributes=attributes, logs=logs, calls=3)["otlp"]
                for what in ("parse", "entries")
            )
            return entries - parse

        without = beyond_parse(0)
        return without, (beyond_parse(ATTRIBUTES) - without) / ATTRIBUTES


def _costs(requests: Measured, decoding: Measured) -> Table:
    rows: list[list[Cell]] = []
    for name in requests[LOGS[-1]]:
        row: list[Cell] = [name]
        for logs in LOGS:
            row += [requests[logs][name], decoding[logs].get(name)]
        rows.append([*row, 1e6 / requests[LOGS[-1]][name]])
    heads = [head for logs in LOGS for head in (f"request of {logs:,}", f"decoding of {logs:,}")]
    return Table("µs per log", ["", *heads, f"logs a second, {LOGS[-1]:,} a request"], rows, version())


def _comparisons(requests: Measured) -> list[Comparison]:
    found = []
    for collector, sample in _COLLECTOR.items():
        for logs in LOGS:
            measured = {"ours": requests[logs][sample]}
            if collector in requests[logs]:
                measured["the Collector"] = requests[logs][collector]
            found += compared(f"{sample}, requests of {logs:,}, µs per log", measured)
    return found


def _reading(per_log: float, per_attribute: float) -> Table:
    rows: list[list[Cell]] = [["a log with severity, trace and times", per_log], ["an attribute", per_attribute]]
    return Table("OTLP in protobuf, from the parsed request to entries: our own share", ["", "µs"], rows)
