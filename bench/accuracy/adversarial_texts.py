"""Texts that make a careless matcher slow: each begins a match at every character and never ends one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _repeated(unit: str, end: str = "") -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[: size - len(end)] + end


ADVERSARIAL: dict[str, Callable[[int], str]] = {
    "aaaa…": _repeated("a"),
    "a.a.a.…": _repeated("a."),
    "aaaa…@": _repeated("a", "@"),
    "@@@@…": _repeated("@"),
    "a@a@a@…": _repeated("a@"),
    "a@a.a@a.…": _repeated("a@a."),
    "x@" + "a-a-…": lambda size: "x@" + _repeated("a-")(size - 2),
    "x@a.a.a.…": lambda size: "x@" + _repeated("a.")(size - 2),
    "1111…": _repeated("1"),
    "1-1-1-…": _repeated("1-"),
    "555-555-…": _repeated("555-"),
    "+1+1+1…": _repeated("+1"),
    "+1 1 1 1…": lambda size: "+" + _repeated("1 ")(size - 1),
    "((((…": _repeated("("),
    "(111) (111) …": _repeated("(111) "),
    "%40%40…": _repeated("%40"),
    "phone=phone=…": _repeated("phone="),
    "call call …": _repeated("call "),
    "ssh ssh …": _repeated("ssh -p 22 "),
    "://://…": _repeated("://"),
    "://a@://a@…": _repeated("://a@"),
    "x@y.z-x@y.z-…": _repeated("x@y.zz-"),
    "(123) 456-78 …": _repeated("(123) 456-78 "),
    "+1 123 456 7 …": _repeated("+1 123 456 7 "),
    "123-456-78901 …": _repeated("123-456-78901 "),
    "phone: 1 …": _repeated("phone: 1 "),
    "call 123 …": _repeated("call 123 "),
    "order 123-456-7 …": _repeated("order 123-456-7 "),
    "spaces": _repeated(" "),
}
