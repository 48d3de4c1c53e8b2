"""Failures as people read them: what was expected, what came instead, and how to mend it."""

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
    """What was asked for is not there; exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say so, without calling it an error."""
        click.echo(self.message, file=file, err=True)


@contextmanager
def explaining() -> Iterator[None]:
    """Turn every failure of AWS within the block into a sentence with a mend.

    Raises:
        click.ClickException: that sentence.
    """
    try:
        yield
    except Exception as error:
        # Here, not above: what never asks AWS needs no botocore.
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, (BotoCoreError, ClientError)):
            raise click.ClickException(explained(error)) from error
        raise


def explained(error: BotoCoreError | ClientError) -> str:
    """Return what went wrong in AWS and how to mend it, safe to print."""
    response = getattr(error, "response", None)
    if response is not None:
        return visible(_refusal(error, response.get("Error", {})))
    mend = _MENDS.get(type(error).__name__)
    if _LOOPBACK in str(error):
        mend = "the embedded cloud is not running there any more; start it again: make dev"
    return visible(f"{error}; {mend or 'check the network and the AWS configuration, then try again'}")


def _refusal(error: Any, details: dict[str, str]) -> str:
    code, words = details.get("Code", "unknown"), details.get("Message", "")
    what = f"AWS refused {error.operation_name} ({code}): {words}".rstrip(".: ")
    if "AccessDenied" in code or code == "UnauthorizedOperation":
        return f"{what}; use credentials that may, as in: export AWS_PROFILE=operator"
    if "Expired" in code or "InvalidClientToken" in code or "UnrecognizedClient" in code:
        return f"{what}; sign in again, as in: aws sso login"
    if "ResourceNotFound" in code or "NonExistentQueue" in code:
        return f"{what}; check that the credentials belong to the stack's account and region, or run: pulumi up"
    return f"{what}; try again"


_MENDS = {
    "NoCredentialsError": "sign in (aws sso login), or name a profile: export AWS_PROFILE=operator",
    "PartialCredentialsError": "set all of them, or name a profile: export AWS_PROFILE=operator",
    "ProfileNotFound": "correct AWS_PROFILE; there are those that this prints: aws configure list-profiles",
    "NoRegionError": "name the stack's region, as in: export AWS_REGION=eu-central-1",
    "SSOTokenLoadError": "sign in again: aws sso login",
    "UnauthorizedSSOTokenError": "sign in again: aws sso login",
    "TokenRetrievalError": "sign in again: aws sso login",
}
