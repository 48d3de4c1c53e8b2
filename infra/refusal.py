"""The error for a configuration that cannot work: the rule, the value received and the fix."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

import pulumi


class InvalidSettings(pulumi.RunError):
    """The configuration cannot work; Pulumi shows the message alone, one line for each problem."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One setting that has to change; its text is one sentence that ends with a command."""

    key: str
    """The setting's name in a stack's configuration."""
    rule: str
    """Completes the sentence that begins with the setting's name."""
    got: object
    """The value received."""
    fix: object
    """A value that works; None if the setting must be removed."""

    def about(self, broken: Problem | None) -> Problem:
        """Return an earlier problem with the same setting, but with this fix."""
        return self if broken is None else replace(broken, fix=self.fix)

    def advice(self) -> str:
        """Return the sentence without the setting's name, for those who set it in a program of their own."""
        if self.fix is None:
            return self.rule
        return f"{self.rule}, got {self._received()}; a value that works: {argument(self.fix)}"

    def __str__(self) -> str:
        """Return the sentence."""
        if self.fix is None:
            return f"{self.key} {self.rule} run: pulumi config rm {shlex.quote(self.key)}"
        return f"{self.key} {self.rule}, got {self._received()}; run: pulumi config set {self.key} {argument(self.fix)}"

    def _received(self) -> object:
        return "nothing" if self.got == "" else self.got


def argument(value: object) -> str:
    """Return a value as an argument of `pulumi config set`."""
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else str(value)
