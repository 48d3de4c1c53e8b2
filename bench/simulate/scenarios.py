"""Scenarios: what clients send in a schedule; small ones, because small ones show a mistake soonest."""

from __future__ import annotations

import random
from dataclasses import replace

from bench.simulate.posts import DROPPED, POISON, SPLIT, TENANT, Post, Scenario

SHORT, OTHER = "a short log", "another short log"
LONG = "A line of a log that is too long for one message.\n" * 12
OTHER_LONG = "Another line of another log, too long for one message.\n" * 11
SLOW = "A log whose processing takes a while. " * 10

LIKELY_PROCESSOR = 0.25
# Steps between two calls take most of the time of a schedule, and seldom matter.
LIKELY_AT_ONCE = 0.8
_PAIRS = {
    "one log": (Post.log("a", SHORT),),
    "two logs": (Post.log("a", SHORT), Post.log("b", OTHER)),
    "one log twice": (Post.log("a", SHORT), Post.log("a", SHORT)),
    "two logs under one id": (Post.log("a", SHORT), Post.log("a", OTHER)),
    "a log that ends its process beside another": (
        Post.log("p", f"{POISON} that ends its process"),
        Post.log("a", SHORT),
    ),
    "a long log": (Post.log("a", LONG),),
    "a short and a long log under one id": (Post.log("a", SHORT), Post.log("a", LONG)),
}
_SMALL = Scenario((), workers=2, faults=1, seconds_per_char=0.0)
EXHAUSTED: dict[str, Scenario] = {
    **{name: replace(_SMALL, posts=posts) for name, posts in _PAIRS.items()},
    "a dead letter that is redriven": replace(_SMALL, dead=(("a", SHORT),), redrives=1),
    "a dead letter that is redriven while its log is sent again": replace(
        _SMALL, posts=(Post.log("a", SHORT),), dead=(("a", SHORT),), redrives=1
    ),
    "two dead letters under one id that are redriven": replace(_SMALL, dead=(("a", SHORT), ("a", OTHER)), redrives=1),
}
"""What is tried in every order with every single fault. Processing takes no time: that it is slow is a fault here."""


def random_scenario(seed: int) -> Scenario:
    """Return a scenario of one to six requests, through several doors, with as many faults as a bad day has."""
    dice = random.Random(f"scenario {seed}")
    posts = [dice.choice(_POSTS) for _ in range(dice.choice((1, 2, 2, 3, 4)))]
    has_processor = dice.random() < LIKELY_PROCESSOR
    posts += [dice.choice(_FOR_A_PROCESSOR) for _ in range(2) if has_processor]
    return Scenario(
        posts,
        workers=2,
        faults=dice.choice((1, 2, 4, 6)),
        redrives=dice.choice((0, 0, 1, 2)),
        has_processor=has_processor,
        at_once=dice.random() < LIKELY_AT_ONCE,
    )


# With another log whose id one of its pieces would have.
_FOR_A_PROCESSOR = (
    Post.log("d", f"{DROPPED} d"),
    Post.log("s", f"{SPLIT} it in two"),
    Post.log("s.2", "a log with the id of a piece"),
)
_POSTS = (
    Post.log("a", SHORT),
    Post.log("a", OTHER),
    Post.log("b", OTHER),
    Post.log("a", LONG),
    Post.log("a", OTHER_LONG),
    Post.log("c", SLOW),
    Post.log("p", f"{POISON} that ends its process"),
    Post.loki(1, "one from Loki", "two from Loki"),
    Post(
        "/ingest",
        "\n".join(f'{{"tenant_id": "{TENANT}", "log_id": "n{n}", "text": "line {n}"}}' for n in range(3)),
        tuple(f"line {n}" for n in range(3)),
        "application/x-ndjson",
    ),
)
