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


EXAMPLE_CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def contradictions(settings: Settings) -> Iterator[Problem]:
    """Yield each setting that does not fit the others, with a value that does."""
    if settings.auth != "none" and settings.ingress != "http-api":
        rule = f"must be http-api where auth is {settings.auth}, because a Function URL has no authorizer"
        yield Problem(key="ingress", rule=rule, got=settings.ingress, fix="http-api")
    yield from _without_http_api(settings)
    yield from _half_a_domain(settings)
    if settings.auth == "jwt":
        yield from _missing_for_jwt(settings)
    if settings.processor and not settings.processor_folder:
        rule = "must be the folder with the code where processor is set"
        yield Problem(key="processorFolder", rule=rule, got="", fix="processor")
    if settings.processor_folder and not settings.processor:
        rule = "must name a function in processorFolder, as package.module:function"
        yield Problem(key="processor", rule=rule, got="", fix="processor:process")
    needed = least_timeout_seconds(settings.simulated_seconds_per_char())
    if settings.worker_timeout_seconds < needed:
        yield Problem(
            key="workerTimeoutSeconds",
            rule=f"must be at least {needed} ({HEAD_ROOM_SECONDS} s head-room, {MIN_TEXT_CHARS} characters)",
            got=settings.worker_timeout_seconds,
            fix=max(needed, DEFAULT_WORKER_TIMEOUT_SECONDS),
        )


def _without_http_api(settings: Settings) -> Iterator[Problem]:
    if settings.ingress == "http-api":
        return
    for key, value in (
        ("domainName", settings.domain_name),
        ("certificateArn", settings.certificate_arn),
        ("corsOrigins", settings.cors_origins),
    ):
        if value:
            yield Problem(key=key, rule="must be empty where ingress is function-url", got=value, fix="")


def _half_a_domain(settings: Settings) -> Iterator[Problem]:
    if settings.ingress != "http-api":
        return
    if settings.domain_name and not settings.certificate_arn:
        rule = "must be a certificate's ARN where there is a domainName"
        yield Problem(key="certificateArn", rule=rule, got="", fix=EXAMPLE_CERTIFICATE)
    if settings.certificate_arn and not settings.domain_name:
        rule = "must be the certificate's name where there is a certificateArn"
        yield Problem(key="domainName", rule=rule, got="", fix="logs.example.com")


def _missing_for_jwt(settings: Settings) -> Iterator[Problem]:
    if not settings.jwt_issuer:
        rule = "must be the issuer's URL where auth is jwt"
        yield Problem(key="jwtIssuer", rule=rule, got="", fix="https://login.example.com/")
    if not settings.audiences():
        rule = "must name at least one audience where auth is jwt"
        yield Problem(key="jwtAudiences", rule=rule, got="", fix="log-pipeline")
