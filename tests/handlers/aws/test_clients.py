"""Clients: what making them costs at a cold start."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from handlers.aws import clients


@pytest.fixture
def _new_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    cached = [clients.client, clients.tenant_scoped_client, clients._session, clients._loader]
    for each in cached:
        each.cache_clear()
    yield
    for each in cached:
        each.cache_clear()


@pytest.mark.usefixtures("_new_process")
def test_no_description_of_aws_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[str] = Counter()
    load_file = JSONFileLoader.load_file

    def counted(loader: JSONFileLoader, path: str) -> Any:
        content = load_file(loader, path)
        read[path] += content is not None
        return content

    monkeypatch.setattr(JSONFileLoader, "load_file", counted)

    clients.tenant_scoped_client("dynamodb")
    clients.client("sts")

    assert any(path.endswith("endpoints") for path in read)
    assert max(read.values()) == 1
