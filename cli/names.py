"""The tenant and log ids that commands take as arguments, checked before any call to AWS."""

from __future__ import annotations

import re

import click

from handlers.logs.identifiers import LOG_ID_PATTERN, LOG_ID_RULE, TENANT_ID_PATTERN, TENANT_ID_RULE


class _Name(click.ParamType[str]):
    def __init__(self, name: str, pattern: str, rule: str) -> None:
        self.name = name
        self._pattern = pattern
        self._rule = rule

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(self._pattern, value):
            self.fail(f"must be {self._rule}, got {value!r}.", param, ctx)
        return value


TENANT = _Name("tenant", TENANT_ID_PATTERN, TENANT_ID_RULE)
LOG_ID = _Name("log id", LOG_ID_PATTERN, LOG_ID_RULE)
