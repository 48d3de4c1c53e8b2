"""Failures as people read them: what was expected, what happened instead, and how to fix it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from cli.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import BotoCoreError, ClientError

_LOOPBACK = "http://127.0.0.1:"


class NothingFound(click.ClickException):
    """What was asked for does not exist; exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say so, without calling it an error."""
        click.echo(self.message, file=file, err=True)


@contextmanager
def explaining() -> Iterator[None]:
    """Turn every failure of AWS within the block into a sentence that says how to fix it.

    Raises:
        click.ClickException: that sentence.
    """
    try:
        yield
    except Exception as error:
        # Imported here, because a command that never calls AWS needs no botocore.
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, (BotoCoreError, ClientError)):
            raise click.ClickException(explained(error)) from error
        raise


def explained(error: BotoCoreError | ClientError) -> str:
    """Return what went wrong in AWS and how to fix it, safe to print."""
    response = getattr(error, "response", None)
    if response is not None:
        return visible(_refusal(error, response.get("Error", {})))
    fix = _FIXES.get(type(error).__name__, "check the network and the AWS configuration, then try again")
    if _LOOPBACK in str(error):
        fix = "the embedded cloud no longer runs there; start it again: make dev"
    return visible(f"{error}; {fix}")


def _refusal(error: Any, details: dict[str, str]) -> str:
    code, message = details.get("Code", "unknown"), details.get("Message", "")
    what = f"AWS refused {error.operation_name} ({code}): {message}".rstrip(".: ")
    fix = next((fix for codes, fix in _FIXES_BY_CODE if any(part in code for part in codes)), "try again")
    return f"{what}; {fix}"


_FIXES_BY_CODE = (
    (("AccessDenied", "UnauthorizedOperation"), "use credentials that may do this: export AWS_PROFILE=operator"),
    (("Expired", "InvalidClientToken", "UnrecognizedClient"), "sign in again: aws sso login"),
    (
        ("ResourceNotFound", "NonExistentQueue"),
        "check that your credentials belong to the stack's account and region, or run: pulumi up",
    ),
)
_FIXES = {
    "NoCredentialsError": "sign in (aws sso login), or name a profile: export AWS_PROFILE=operator",
    "PartialCredentialsError": "set all of them, or name a profile: export AWS_PROFILE=operator",
    "ProfileNotFound": "set AWS_PROFILE to one of those that this prints: aws configure list-profiles",
    "NoRegionError": "name the stack's region: export AWS_REGION=eu-central-1",
    "SSOTokenLoadError": "sign in again: aws sso login",
    "UnauthorizedSSOTokenError": "sign in again: aws sso login",
    "TokenRetrievalError": "sign in again: aws sso login",
}
