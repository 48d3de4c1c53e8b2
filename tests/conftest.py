"""Fixtures for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_recorder import Provision

pytest_plugins = ["aws_fixtures", "package_fixtures"]


@pytest.fixture
def provision() -> Provision:
    """Return what runs a program, with its configuration, and tells what it registered."""
    import pulumi_recorder  # noqa: PLC0415 - Pulumi takes a second to import; other tests go without it

    return pulumi_recorder.run
