"""The loads of a chaos run: what is sent, and how fast."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.chaos.logs import TENANTS, LogMaker, SentLog, scattered_text
from handlers.web.doors import MODULES

if TYPE_CHECKING:
    from bench.chaos.client import Client

SENDERS = 3
COMPRESSED_SHARE = 0.3
TWICE_SHARE = 0.1
LONG_CHARS = 120_000
_CONNECTIONS = 8


def send_mixture(client: Client, *, seed: int, seconds: float) -> None:
    """Send all kinds of logs for this many seconds; some of them make their processing fail."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(SENDERS) as senders:
        sending = [senders.submit(_send_until, until, client, _Sender(seed, number)) for number in range(SENDERS)]
    for sent in sending:
        sent.result()


def send_processed(client: Client, *, seed: int, logs: int) -> None:
    """Send logs of which many ask the processor for what no processor should do; some are sent twice."""
    dice, maker = random.Random(f"{seed}/processed"), LogMaker(seed, name="processed")
    with ThreadPoolExecutor(SENDERS) as senders:
        for _ in range(logs):
            log = maker.processed_log()
            for _ in range(2 if dice.random() < TWICE_SHARE else 1):
                senders.submit(client.send, log).result()


def send_large_text(client: Client, *, seed: int, chars: int, secrets: int) -> None:
    """Send one text of this length with this many e-mail addresses and phone numbers scattered over it."""
    text = scattered_text(chars=chars, secrets=secrets, seed=seed)
    client.send(SentLog("acme", "large", text), as_text=True)


def send_lines(client: Client, *, seed: int, lines: int) -> None:
    """Send this many lines in one request."""
    maker = LogMaker(seed, name="line")
    client.send_lines([maker.log(tenant_id="acme") for _ in range(lines)])


def send_steadily(client: Client, *, seed: int, per_minute: int, seconds: float) -> None:
    """Send single logs of all tenants at a steady rate; no request waits for the others."""
    maker = LogMaker(seed, name="single")
    start = time.monotonic()
    with ThreadPoolExecutor(_CONNECTIONS) as connections:
        sending = []
        for number in range(round(per_minute * seconds / 60)):
            time.sleep(max(0, start + number * 60 / per_minute - time.monotonic()))
            sending.append(connections.submit(client.send, maker.log()))
    for sent in sending:
        sent.result()


def _send_until(until: float, client: Client, sender: _Sender) -> None:
    while time.monotonic() < until:
        sender.send_next(client)


class _Sender:
    """Sends all kinds of logs, one request after the other.

    Args:
        seed: decides, together with the number, what is sent.
        number: which of several senders this is.
    """

    def __init__(self, seed: int, number: int) -> None:
        self._dice = random.Random(f"{seed}/{number}")
        self._maker = LogMaker(f"{seed}/{number}", name=f"s{number}", misbehaving=True)

    def send_next(self, client: Client) -> None:
        """Send the next request, and retry what was not accepted."""
        [send] = self._dice.choices(
            (
                self._single,
                self._text,
                self._lines,
                self._through_a_door,
                self._long,
                self._twice,
                self._conflict,
                self._two_shapes,
            ),
            (20, 10, 20, 25, 5, 12, 8, 2),
        )
        send(client)

    def _single(self, client: Client) -> None:
        client.send(self._maker.log())

    def _text(self, client: Client) -> None:
        client.send(self._maker.log(), as_text=True)

    def _lines(self, client: Client) -> None:
        tenant_id = self._dice.choice(TENANTS)
        logs = [self._maker.log(tenant_id=tenant_id) for _ in range(self._dice.randint(2, 30))]
        client.send_lines(logs, compressed=self._dice.random() < COMPRESSED_SHARE)

    def _through_a_door(self, client: Client) -> None:
        tenant_id = self._dice.choice(TENANTS)
        logs = [self._maker.log(tenant_id=tenant_id) for _ in range(self._dice.randint(1, 10))]
        client.send_through(self._dice.choice(list(MODULES)), logs, request_id=logs[0].log_id)

    def _long(self, client: Client) -> None:
        client.send(self._maker.named(self._maker.long_text(LONG_CHARS)), as_text=True)

    def _twice(self, client: Client) -> None:
        log = self._maker.log()
        client.send(log)
        client.send(log)

    def _conflict(self, client: Client) -> None:
        first = self._maker.named(self._maker.line() + " first")
        other = replace(first, text=first.text + " and other", message_ids=[])
        self._send_under_one_id(client, first, other)

    def _two_shapes(self, client: Client) -> None:
        short = self._maker.named(self._maker.line() + " short")
        long = replace(short, text=self._maker.long_text(LONG_CHARS), message_ids=[])
        self._send_under_one_id(client, *self._dice.sample((short, long), 2))

    def _send_under_one_id(self, client: Client, first: SentLog, other: SentLog) -> None:
        first.conflicts = other.conflicts = True
        client.send(first, as_text=True)
        client.send(other, as_text=True)
