"""How a stack says that its configuration cannot work: the rule, the value received and the fix."""

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
    """One setting that cannot stay as it is; its text is one sentence that ends with a command."""

    key: str
    """The setting's name in a stack's configuration."""
    rule: str
    """Completes the sentence that begins with the setting's name."""
    got: object
    """The value received."""
    fix: object
    """A value that works; None where the setting has to go."""

    def about(self, broken: Problem | None) -> Problem:
        """Return the problem with what was already said about the same setting, and this fix."""
        return self if broken is None else replace(broken, fix=self.fix)

    def __str__(self) -> str:
        """Return the sentence."""
        if self.fix is None:
            return f"{self.key} {self.rule} run: pulumi config rm {shlex.quote(self.key)}"
        got = "nothing" if self.got == "" else self.got
        return f"{self.key} {self.rule}, got {got}; run: pulumi config set {self.key} {argument(self.fix)}"


def argument(value: object) -> str:
    """Return a value as an argument of `pulumi config set`."""
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else str(value)
