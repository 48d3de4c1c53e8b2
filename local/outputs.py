"""The outputs of the running embedded cloud, as `python -m local up` leaves them for others to read."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.cloud import REGION
from local.emulator import STATE_FOLDER, is_healthy
from local.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.cloud import Cloud

OUTPUTS_FILE = STATE_FOLDER / "outputs.json"


def all_outputs(stack_outputs: Mapping[str, Any], cloud: Cloud) -> dict[str, Any]:
    """Return the stack's outputs, and where the AWS API is that they belong to."""
    return {**stack_outputs, "aws_endpoint_url": cloud.endpoint_url, "aws_region": REGION}


@contextmanager
def published(outputs: Mapping[str, Any]) -> Iterator[None]:
    """Keep the outputs readable for others while the block runs."""
    OUTPUTS_FILE.parent.mkdir(parents=True, exist_ok=True)
    unfinished = OUTPUTS_FILE.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(outputs, indent=2, sort_keys=True) + "\n")
    unfinished.replace(OUTPUTS_FILE)
    try:
        yield
    finally:
        if OUTPUTS_FILE.exists() and json.loads(OUTPUTS_FILE.read_text()) == outputs:
            OUTPUTS_FILE.unlink()  # otherwise it is that of an embedded cloud started later


def read_outputs() -> dict[str, Any]:
    """Return what is published.

    Raises:
        Failure: nothing is, or what published it was killed.
    """
    outputs: dict[str, Any] = json.loads(OUTPUTS_FILE.read_text()) if OUTPUTS_FILE.exists() else {}
    if not outputs or not is_healthy(outputs["aws_endpoint_url"]):
        raise Failure("no embedded cloud is running here; start one in another terminal: make dev")
    return outputs
