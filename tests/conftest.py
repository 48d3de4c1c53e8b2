"""Fixtures for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.pulumi_recorder import Provision

pytest_plugins = ["tests.support.aws_fixtures", "tests.support.package_fixtures"]


@pytest.fixture
def provision() -> Provision:
    """Return what runs a program, with its configuration, and tells what it registered."""
    from tests.support import pulumi_recorder

    return pulumi_recorder.run
