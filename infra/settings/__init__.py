"""The settings of a stack: a typed model whose errors name the rule, the value received and a fix that works."""

from infra.settings.model import Settings
from infra.settings.values import REDACTABLE_KINDS

__all__ = ["REDACTABLE_KINDS", "Settings"]
