"""MiniStack's HTTP APIs keep the slash at the end of a path, which makes it another path."""

import pytest
from ministack import app
from ministack.services import apigateway, apigateway_v1

from local.gaps.iam import MiniStackChangedError
from local.gaps.paths import keep_trailing_slashes

NAMES = ("_parse_execute_api_url", "_resolve_stage_and_path")


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setattr(app, name, getattr(app, name))
    monkeypatch.setattr(apigateway, "stages_for_api", lambda _api_id: {"$default": {}, "live": {}})
    monkeypatch.setattr(apigateway_v1, "find_api_scope", lambda _api_id: None)


def stage_and_path_of(path: str) -> tuple[str, str]:
    parsed = app._parse_execute_api_url("127.0.0.1", f"/_aws/execute-api/api{path}")
    assert parsed is not None
    return app._resolve_stage_and_path(*parsed)


@pytest.mark.parametrize("path", ["/ingest", "/ingest/", "/ingest//", "/v1/logs", "/v1/logs/", "/"])
def test_a_path_reaches_the_routes_as_it_was_sent(path: str) -> None:
    keep_trailing_slashes()

    assert stage_and_path_of(path) == ("$default", path)


@pytest.mark.parametrize(("path", "rest"), [("/live", "/"), ("/live/", "/"), ("/live/a/", "/a/")])
def test_a_stage_in_the_path_is_still_one(path: str, rest: str) -> None:
    keep_trailing_slashes()

    assert stage_and_path_of(path) == ("live", rest)


def test_what_is_no_api_is_none() -> None:
    keep_trailing_slashes()

    assert app._parse_execute_api_url("127.0.0.1", "/logs-ingest/") is None


@pytest.mark.parametrize("name", NAMES)
def test_another_ministack_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delattr(app, name)

    with pytest.raises(MiniStackChangedError, match=name):
        keep_trailing_slashes()
