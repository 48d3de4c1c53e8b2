"""Keeps the slash at the end of a path, as AWS's HTTP APIs do, or fails if MiniStack has changed.

MiniStack 1.5.33 takes the first segment of a path for a stage at first. Where it is none, it puts the path together
again, and loses the slash of `/ingest/`. To AWS that is another path than `/ingest`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ministack import app

from local.gaps.iam import WRITTEN_FOR, MiniStackChangedError

if TYPE_CHECKING:
    from collections.abc import Callable

    Parsed = tuple[str, str, str] | None

_RELIED_ON = ("_parse_execute_api_url", "_resolve_stage_and_path")
# Between the two functions, what follows the first segment where that is a slash and nothing else. No path is like it.
_SLASH = "/\0"


def keep_trailing_slashes() -> None:
    """Hand paths on as they were sent; call it before MiniStack serves.

    Raises:
        MiniStackChangedError: what is relied on is gone.
    """
    missing = [name for name in _RELIED_ON if not hasattr(app, name)]
    if missing:
        raise MiniStackChangedError(
            f"local/gaps/paths.py was written for MiniStack {WRITTEN_FOR}, and ministack.app has no"
            f" {', '.join(missing)} any more; adapt it or pin {WRITTEN_FOR}"
        )
    app._parse_execute_api_url = _marking(app._parse_execute_api_url)
    app._resolve_stage_and_path = _restoring(app._resolve_stage_and_path)


def _marking(parse: Callable[[str, str], Parsed]) -> Callable[[str, str], Parsed]:
    @functools.wraps(parse)
    def marking(host: str, path: str) -> Parsed:
        parsed = parse(host, path)
        if parsed is None:
            return None
        api_id, first_segment, rest = parsed
        return api_id, first_segment, _SLASH if rest == "/" and path.endswith(f"/{first_segment}/") else rest

    return marking


def _restoring(resolve: Callable[[str, str, str], tuple[str, str]]) -> Callable[[str, str, str], tuple[str, str]]:
    @functools.wraps(resolve)
    def restoring(api_id: str, first_segment: str, rest: str) -> tuple[str, str]:
        if rest != _SLASH:
            return resolve(api_id, first_segment, rest)
        stage, path = resolve(api_id, first_segment, "/")
        return stage, path if path == "/" else f"{path}/"

    return restoring
