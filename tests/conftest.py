"""Fixtures for all tests."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.pulumi_recorder import Provision

# A shell ignores Ctrl-C in what it starts in the background, and so would each program that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.support.aws_fixtures", "tests.support.package_fixtures"]


@pytest.fixture
def provision() -> Provision:
    """Return what runs a program, with its configuration, and tells what it registered."""
    from tests.support import pulumi_recorder

    return pulumi_recorder.run
