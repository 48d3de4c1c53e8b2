"""Fills templates with random values: `{name}` a value, `{9999}` so many digits, `{2999}` the first one from 2 to 9."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_PLACE = re.compile(r"\{([a-z_0-9]+)\}")

_FIRST = ("maria", "john", "wei", "fatima", "olga", "ravi", "sean", "ana", "lukas", "yuki", "tom", "nina")
_LAST = ("lopez", "smith", "chen", "khan", "ivanova", "patel", "murphy", "costa", "weber", "tanaka", "hall", "berg")
_WORDS = ("acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "northwind", "contoso", "fabrikam")
_TOPS = ("com", "org", "net", "io", "dev", "de", "fr", "co.uk", "com.br", "co.jp", "info", "cloud", "museum", "email")
_HOSTS = ("web-01", "db2", "bastion", "worker-7f9c", "build-agent", "raspberrypi", "ip-10-0-3-17")
_PACKAGES = ("lodash", "react-dom", "eslint", "vite", "core-js", "left-pad", "typescript", "webpack-cli")
_UNITS = ("getty@tty1", "user@1000", "openvpn-client@office", "postgresql@16-main", "wg-quick@wg0", "syncthing@deploy")

# Area codes in use, so that libraries that know the numbering plan are not asked for numbers that cannot exist.
_AREAS = (
    "212",
    "202",
    "213",
    "303",
    "305",
    "312",
    "404",
    "415",
    "503",
    "512",
    "602",
    "617",
    "702",
    "713",
    "808",
    "917",
)


def fill(template: str, random: Random) -> str:
    """Return a template with every place filled."""
    return _PLACE.sub(lambda place: _value(place[1], random), template)


def _value(name: str, random: Random) -> str:
    if name.isdigit():
        # {9999}: any digits, {2999}: the first one from 2 to 9.
        first = random.randint(int(name[0]) if name[0] != "9" else 0, 9)
        return str(first) + "".join(str(random.randint(0, 9)) for _ in name[1:])
    return _VALUES[name](random)


def _hex(digits: int) -> Callable[[Random], str]:
    return lambda random: f"{random.getrandbits(4 * digits):0{digits}x}"


def _number(low: int, high: int) -> Callable[[Random], str]:
    return lambda random: str(random.randint(low, high))


def _of(values: tuple[str, ...]) -> Callable[[Random], str]:
    return lambda random: random.choice(values)


def _exchange(random: Random) -> str:
    """Return the middle digits of a North American number, as they are given out: 2 to 9 first, never x11."""
    return f"{random.randint(2, 9)}{random.randint(2, 9)}{random.randint(0, 9)}"


_VALUES: dict[str, Callable[[Random], str]] = {
    "first": _of(_FIRST),
    "last": _of(_LAST),
    "word": _of(_WORDS),
    "top": _of(_TOPS),
    "host": _of(_HOSTS),
    "package": _of(_PACKAGES),
    "unit": _of(_UNITS),
    "area": _of(_AREAS),
    "exchange": _exchange,
    "octet": _number(1, 254),
    "port": _number(1024, 65535),
    "small": _number(1, 9),
    "two": _number(10, 99),
    "three": _number(100, 999),
    "year": _number(1999, 2031),
    "month": lambda random: f"{random.randint(1, 12):02d}",
    "day": lambda random: f"{random.randint(1, 28):02d}",
    "hour": lambda random: f"{random.randint(0, 23):02d}",
    "minute": lambda random: f"{random.randint(0, 59):02d}",
    "epoch": _number(1_500_000_000, 1_899_999_999),
    "uuid": lambda random: str(uuid.UUID(int=random.getrandbits(128), version=4)),
    "hex2": _hex(2),
    "hex4": _hex(4),
    "hex7": _hex(7),
    "hex12": _hex(12),
    "hex16": _hex(16),
    "hex32": _hex(32),
    "hex40": _hex(40),
    "hex64": _hex(64),
}
