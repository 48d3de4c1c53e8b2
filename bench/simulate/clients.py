"""Clients: one sends its requests through the real ingest, one after the other, and each again until it is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.simulate.processes import Ports, Process
from handlers import ingest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.simulate.posts import Post
    from bench.simulate.promises import Promises
    from bench.simulate.scheduler import Scheduler
    from bench.simulate.surroundings import Surroundings

ACCEPTED = (202, 204)
MOST_ATTEMPTS = 4
INGEST_SECONDS = 29


@dataclass
class Client:
    """Sends requests, and tells what was accepted.

    Attributes:
        scheduler: what decides when anything happens.
        surroundings: where the real ingest runs.
        ports: whom it talks to.
        promises: what has to know what was sent and accepted.
        posts: the requests.
    """

    scheduler: Scheduler
    surroundings: Surroundings
    ports: Ports
    promises: Promises
    posts: Sequence[Post]

    def send(self, place: int = 0, *, attempt: int = 1) -> None:
        """Send the request at a place, and then those after it."""
        if place == len(self.posts):
            return
        post = self.posts[place]
        self.promises.attempt(post.texts)
        process = Process(
            f"ingest {place + 1}.{attempt}",
            until=self.scheduler.seconds + INGEST_SECONDS,
            on_death=partial(self._send_again, place, attempt),
            ports=self.ports,
        )
        answered, here = partial(self._answered, place, attempt), self.surroundings
        self.scheduler.start(
            process.name,
            process,
            lambda thread: here.run(thread, post, lambda: ingest.handler(post.event(), here.clock), answered),
        )

    def _answered(self, place: int, attempt: int, answer: Mapping[str, Any]) -> None:
        self.scheduler.tell(f"the client gets {answer['statusCode']}")
        if answer["statusCode"] in ACCEPTED:
            self.promises.accept(self.posts[place].texts)
            self.send(place + 1)
        else:
            self._send_again(place, attempt)

    def _send_again(self, place: int, attempt: int) -> None:
        if attempt < MOST_ATTEMPTS:
            self.send(place, attempt=attempt + 1)
        else:
            self.send(place + 1)
