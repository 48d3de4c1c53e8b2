"""Log lines as services, proxies, databases and people write them: made from a seed, always the same."""
# ruff: noqa: S608 - reproducible, not secret; the SQL is text of a log

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEVELS = ("DEBUG", "INFO", "INFO", "INFO", "WARN", "ERROR")
_SERVICES = ("checkout", "auth", "search", "billing", "gateway", "mailer", "inventory")
_PATHS = ("/api/v1/orders", "/api/v2/users", "/static/app.3f9c2d1e.js", "/health", "/login", "/search?q=shoes&page=2")
_NAMES = ("alice", "bob.smith", "carla_d", "dmitri", "eve-marie", "frank", "g.hopper", "ibrahim", "noor", "zoe")
_HOSTS = ("example.com", "mail.example.org", "corp.example.co.uk", "example.io", "example.de")


def log_text(*, size: int, seed: int = 7, personal_share: float = 0.05) -> str:
    """Return a text of `size` ASCII characters, of whole lines but for its last one.

    Args:
        size: how many characters.
        seed: the same seed gives the same text.
        personal_share: how many of the lines name a phone number or an e-mail address, from 0 to 1.
    """
    lines: list[str] = []
    length = 0
    for line in log_lines(seed=seed, personal_share=personal_share):
        lines.append(line)
        length += len(line) + 1
        if length >= size:
            return "\n".join(lines)[:size]
    raise AssertionError  # log_lines never ends


def log_lines(*, seed: int = 7, personal_share: float = 0.05) -> Iterator[str]:
    """Yield lines without end; see `log_text`."""
    random = Random(seed)
    while True:
        makers = _PERSONAL if random.random() < personal_share else _PLAIN
        yield random.choice(makers)(random)


def _when(random: Random) -> str:
    return (
        f"2026-0{random.randint(1, 9)}-{random.randint(10, 28)}T{random.randint(10, 23)}:{random.randint(10, 59)}"
        f":{random.randint(10, 59)}.{random.randint(100, 999)}Z"
    )


def _ip(random: Random) -> str:
    return ".".join(str(random.randint(1, 254)) for _ in range(4))


def _hex(random: Random, digits: int) -> str:
    return f"{random.getrandbits(4 * digits):0{digits}x}"


def _email(random: Random) -> str:
    return f"{random.choice(_NAMES)}@{random.choice(_HOSTS)}"


def _phone(random: Random) -> str:
    area, exchange, line = random.randint(201, 989), random.randint(200, 999), random.randint(0, 9999)
    forms = (f"{area}-{exchange}-{line:04d}", f"({area}) {exchange}-{line:04d}", f"+1 {area} {exchange} {line:04d}")
    return random.choice(forms)


def _service(random: Random) -> str:
    return (
        f"{_when(random)} {random.choice(_LEVELS)} [{random.choice(_SERVICES)}-{random.randint(1, 9)}]"
        f" trace_id={_hex(random, 32)} span_id={_hex(random, 16)} request finished in {random.randint(1, 900)} ms"
    )


def _access(random: Random) -> str:
    return (
        f'{_ip(random)} - - [{random.randint(10, 28)}/Jan/2026:22:{random.randint(10, 59)}:57 +0000] "GET'
        f' {random.choice(_PATHS)} HTTP/1.1" {random.choice((200, 200, 304, 404, 500))} {random.randint(100, 99999)}'
        f' "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0"'
    )


def _json(random: Random) -> str:
    return (
        f'{{"ts":{random.randint(1_600_000_000, 1_800_000_000)}.{random.randint(100, 999)},"level":"info",'
        f'"service":"{random.choice(_SERVICES)}","order_id":{random.randint(10**7, 10**9)},"price":'
        f'"{random.randint(1, 999)}.99","latency_us":{random.randint(100, 10**6)},"pod":"web-{_hex(random, 10)}"}}'
    )


def _database(random: Random) -> str:
    return (
        f"{_when(random)} LOG:  duration: {random.randint(1, 900)}.{random.randint(100, 999)} ms  execute: SELECT id,"
        f" total FROM orders WHERE customer_id = ${random.randint(1, 9)} AND created_at > '2026-01-01 00:00:00+00'"
    )


def _trace(random: Random) -> str:
    return (
        f'  File "/srv/app/{random.choice(_SERVICES)}/views.py", line {random.randint(10, 999)}, in dispatch\n'
        f"ValueError: bad checksum {_hex(random, 64)}"
    )


def _system(random: Random) -> str:
    return (
        f"Jan {random.randint(10, 28)} 22:47:57 node{random.randint(1, 9)} kernel: [{random.randint(1000, 99999)}."
        f"{random.randint(100000, 999999)}] eth0: link up, 1000Mbps, mac 00:1b:44:{_hex(random, 2)}:3a:b7"
    )


def _login(random: Random) -> str:
    return f"{_when(random)} WARN [auth-{random.randint(1, 9)}] login failed for {_email(random)} from {_ip(random)}"


def _mailed(random: Random) -> str:
    return f"{_when(random)} INFO [mailer] to=<{_email(random)}>, relay=mx, delay=0.{random.randint(1, 9)}, status=sent"


def _customer(random: Random) -> str:
    return f'{{"level":"info","msg":"customer updated","email":"{_email(random)}","phone":"{_phone(random)}"}}'


def _called(random: Random) -> str:
    return f"{_when(random)} INFO [billing] customer {random.randint(100, 99999)} asked to call {_phone(random)} back"


_PLAIN: tuple[Callable[[Random], str], ...] = (_service, _access, _json, _database, _trace, _system)
_PERSONAL: tuple[Callable[[Random], str], ...] = (_login, _mailed, _customer, _called)
