"""Turns pydantic's errors about a stack's configuration into sentences: the rule, the value received, the fix."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args

from annotated_types import Ge, Le
from pydantic.alias_generators import to_camel

from infra.refusal import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel, ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_RULES_OF_TYPES = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
}


def broken_rules(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return one problem for each setting that pydantic refuses; the fix is the setting's default."""
    fields = {to_camel(name): field for name, field in model.model_fields.items()}
    return [_problem(details, fields) for details in error.errors()]


def _problem(details: ErrorDetails, fields: Mapping[str, FieldInfo]) -> Problem:
    name = str(details["loc"][0])
    if details["type"] == "extra_forbidden":
        return _unknown(name, fields)
    key = to_camel(name)
    return Problem(key=key, rule=_rule(details, fields[key]), got=details["input"], fix=fields[key].default)


def _unknown(key: str, fields: Mapping[str, FieldInfo]) -> Problem:
    close = difflib.get_close_matches(key, fields, n=1)
    hint = f"did you mean {close[0]}?" if close else "Pulumi.yaml describes all there are;"
    return Problem(key=key, rule=f"is not a setting, {hint}", got=None, fix=None)


def _rule(details: ErrorDetails, field: FieldInfo) -> str:
    if rule := _RULES_OF_TYPES.get(details["type"]):
        return rule
    match details["type"]:
        case "greater_than_equal" | "less_than_equal":
            return f"must be between {_bound(field, Ge).ge} and {_bound(field, Le).le}"
        case "literal_error":
            return f"must be one of {', '.join(_choices(field))}"
        case "string_pattern_mismatch":
            return f"must look like {''.join(field.examples or [])}"
    return details["msg"]  # of one of our own validators


def _bound(field: FieldInfo, kind: type[Any]) -> Any:
    [bound] = [constraint for constraint in field.metadata if isinstance(constraint, kind)]
    return bound


def _choices(field: FieldInfo) -> list[str]:
    return list(get_args(field.annotation))
