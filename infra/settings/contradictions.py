"""Settings that are valid on their own but cannot work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.budget import (
    DEFAULT_WORKER_TIMEOUT_SECONDS,
    HEAD_ROOM_SECONDS,
    MIN_TEXT_CHARS,
    least_timeout_seconds,
)
from infra.refusal import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.settings.model import Settings


def contradictions(settings: Settings) -> Iterator[Problem]:
    """Yield each setting that does not fit the others, with a value that does."""
    if settings.auth != "none" and settings.ingress != "http-api":
        rule = f"must be http-api where auth is {settings.auth}, because a Function URL has no authorizer"
        yield Problem(key="ingress", rule=rule, got=settings.ingress, fix="http-api")
    if settings.auth == "jwt":
        yield from _missing_for_jwt(settings)
    needed = least_timeout_seconds(settings.processing_seconds_per_char)
    if settings.worker_timeout_seconds < needed:
        yield Problem(
            key="workerTimeoutSeconds",
            rule=f"must be at least {needed} ({HEAD_ROOM_SECONDS} s head-room, {MIN_TEXT_CHARS} characters)",
            got=settings.worker_timeout_seconds,
            fix=max(needed, DEFAULT_WORKER_TIMEOUT_SECONDS),
        )


def _missing_for_jwt(settings: Settings) -> Iterator[Problem]:
    if not settings.jwt_issuer:
        rule = "must be the issuer's URL where auth is jwt"
        yield Problem(key="jwtIssuer", rule=rule, got="", fix="https://login.example.com/")
    if not settings.audiences():
        rule = "must name at least one audience where auth is jwt"
        yield Problem(key="jwtAudiences", rule=rule, got="", fix="log-pipeline")
