"""The query function's surroundings."""

import pytest

from handlers.environment import QueryEnvironment
from tests.support.aws_fixtures import Aws


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AUTH", "api-key")
    QueryEnvironment.read.cache_clear()
    return aws
