"""Posts: what clients send in a schedule, and everything else that is given before it begins."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

TENANT = "acme"
MAX_RECEIVES = 3
# How texts begin whose processing does something special.
POISON, DROPPED, SPLIT = "poison", "drop", "split"
INVOCATION_SECONDS = 60.0
VISIBILITY_SECONDS = 6 * INVOCATION_SECONDS


@dataclass(frozen=True)
class Post:
    """One request of a client.

    Attributes:
        path: the door.
        body: what is sent.
        texts: the texts of its logs.
        media_type: its content type.
    """

    path: str
    body: str
    texts: tuple[str, ...]
    media_type: str = "application/json"

    @classmethod
    def log(cls, log_id: str, text: str) -> Post:
        """Return a request with one log in our own format."""
        return cls("/ingest", json.dumps({"tenant_id": TENANT, "log_id": log_id, "text": text}), (text,))

    @classmethod
    def loki(cls, seconds: int, *texts: str) -> Post:
        """Return a request as Loki's clients send them, whose logs carry their time."""
        values = [[str((1_769_899_677 + seconds) * 10**9 + n), text] for n, text in enumerate(texts)]
        return cls("/loki/api/v1/push", json.dumps({"streams": [{"stream": {"job": "web"}, "values": values}]}), texts)

    def event(self) -> dict[str, Any]:
        """Return the event that a gateway makes of it."""
        is_text = self.media_type == "application/json"
        return {
            "rawPath": self.path,
            "headers": {"content-type": self.media_type, "x-tenant-id": TENANT},
            "requestContext": {"http": {"method": "POST", "path": self.path}},
            "body": self.body if is_text else base64.b64encode(self.body.encode()).decode(),
            "isBase64Encoded": not is_text,
        }


@dataclass(frozen=True)
class Scenario:
    """What happens in a world, apart from chance.

    Attributes:
        posts: what clients send, one after the other.
        workers: how many environments the worker has.
        faults: how many faults may happen.
        has_processor: whether the stack brings code of its own, which drops and splits some logs.
        redrives: how often the operator redrives everything.
        visibility_seconds: how long a delivered message stays hidden.
        seconds_per_char: how long processing takes.
        at_once: whether what a thread does between two calls happens at once.
        dead: the ids and texts of logs that were accepted before, and are dead letters because three receives failed.
    """

    posts: Sequence[Post]
    workers: int = 2
    faults: int = 6
    redrives: int = 0
    has_processor: bool = False
    visibility_seconds: float = VISIBILITY_SECONDS
    seconds_per_char: float = 0.01
    at_once: bool = False
    dead: Sequence[tuple[str, str]] = ()

    @property
    def healthy_logs_may_die(self) -> bool:
        """Whether something can go wrong at every receive of a healthy log."""
        return self.faults >= MAX_RECEIVES or any(text.startswith(POISON) for post in self.posts for text in post.texts)
