"""How a stack says that its configuration cannot work: rule, value received, mend."""

from __future__ import annotations

import pulumi


class InvalidSettings(pulumi.RunError):
    """The configuration cannot work; Pulumi shows the message alone, one line for each thing to mend."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))


def refusal(*, key: str, rule: str, got: object, mend: object) -> str:
    """Return one line that names the setting, its rule, the value received and the command that mends it."""
    mend = '""' if mend == "" else mend
    return f"{key} {rule}, got {got}; run: pulumi config set {key} {mend}"
