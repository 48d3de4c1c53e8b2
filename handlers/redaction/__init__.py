"""Redaction of phone numbers, e-mail addresses and other personal data, in linear time.

The public names are those of `__all__`; importing this package loads no rules until one of them is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handlers.redaction.attributes import redact_attributes
    from handlers.redaction.cutting import safe_cut
    from handlers.redaction.redacting import MARKER, Redacted, Span, redact, spans
    from handlers.redaction.rules import DEFAULT_KINDS, KINDS

__all__ = ["DEFAULT_KINDS", "KINDS", "MARKER", "Redacted", "Span", "redact", "redact_attributes", "safe_cut", "spans"]

_MODULES = {"safe_cut": "cutting", "redact_attributes": "attributes", "DEFAULT_KINDS": "rules", "KINDS": "rules"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'redacting')}")
    value = globals()[name] = getattr(module, name)
    return value
