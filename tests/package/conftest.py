"""Fixtures of the Pulumi package."""

from collections.abc import Iterator

import pytest

from tests.support import plugin
from tests.support.plugin import Plugin


@pytest.fixture(scope="module")
def package() -> Iterator[Plugin]:
    """Return the running package."""
    with plugin.running() as running:
        yield running
