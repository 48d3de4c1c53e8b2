r"""Private keys. Off unless a stack asks for `private_key`.

Decisions, each with an example below:
- A private key in one line, as JSON and environment variables hold it, goes with its first and last line, whether its
  line breaks are escaped, have become spaces, or are in base64 together with the rest.
- Of one in several lines each line of 64, 70 or 76 characters goes by itself, because each line of a log is looked at
  by itself, and so does a rest that ends with `=`; the first and last line and another rest stay. So such a line of a
  certificate goes as well.
- What is called `private_key` goes in whatever form, and so do the private parts of a JSON Web Key.
- A key of many lines goes in several pieces, next to each other. In one unbroken line, or in base64 with all around
  it, one of more than some 1,800 characters stays: a key goes whole or not at all.
"""

import re

from handlers.redaction.rules.rule import Rule
from handlers.redaction.rules.words import Written

# One character of 64 is a slash in base64; in a path it is every tenth.
_CHARS_PER_SLASH = 16
_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
_BEGIN, _END = (f"-----{place} {'PRIVATE'} KEY-----" for place in ("BEGIN", "END"))
# The words of a first line in base64, up to `KEY`: PRIVATE, RSA, EC, DSA, OPENSSH, ENCRYPTED and PGP.
_FIRST_WORDS_IN_BASE64 = (
    "(?:BQUklWQVRFIEtFW|BSU0EgUFJJVkFURSBLRV|BFQyBQUklWQVRFIEtFW|BEU0EgUFJJVkFURSBLRV|BPUEVOU1NIIFBSSVZBVEUgS0VZ"
    "|BFTkNSWVBURUQgUFJJVkFURSBLRV|BQR1AgUFJJVkFURSBLRV)"
)

PRIVATE_KEY_TOKENS: dict[str, Written] = {
    "key-line": r"[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}(?:[A-Za-z0-9+/]{6})?)?",
    "end-line": "-----END [A-Z0-9 ]{1,40}-----",
    "end-of-key": "<escaped-break><end-line>(?:<escaped-break>)?",
    "escaped-break": r"(?:\\{1,2}r)?\\{1,2}n",
    "base64-end": r"={0,2}(?![A-Za-z0-9+/=])",
    "private-name": r"(?:(?<![A-Za-z])|(?<=[a-z0-9])(?=[A-Z]))(?i:private[_\-]?key|priv[_\-]?key)",
}


def may_be_random(line: str) -> bool:
    """Say whether a line mixes letters and digits as base64 does; a path or a digest does not."""
    return (
        any(map(str.islower, line))
        and any(map(str.isupper, line))
        and any(map(str.isdigit, line))
        and line.count("/") * _CHARS_PER_SLASH <= len(line)
    )


def is_key_material(text: str) -> bool:
    """Say whether a text is hexadecimal, of 32 bytes or more, or may be random."""
    return bool(re.fullmatch("(?:0x)?(?=[A-Fa-f]{0,40}[0-9])[0-9A-Fa-f]{64,}", text)) or may_be_random(text)


PRIVATE_KEY_RULES = (
    Rule(
        name="private key in one line",
        kind="private_key",
        begins="-",
        pattern=(
            r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:(?:<escaped-break>)?[A-Za-z0-9+/]{77,1780}<base64-end>(?:<end-of-key>|<end-line>)?"
            r"|(?:<escaped-break>(?!-----)[A-Za-z0-9+/=:,\- ]{0,76}){1,20}+(?:<end-of-key>)?"
            r"|(?: [A-Za-z0-9+/]{40,76}){1,20}+(?: [A-Za-z0-9+/=]{1,76}(?= -----END))?(?: <end-line>)?)"
        ),
        hint=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        matches=(
            rf'{{"key": "«{_BEGIN}\n{_LINE}\nAbC1+/==\n{_END}\n»"}}',
            f"«{_BEGIN} {_LINE} AbC1+/== {_END}» loaded",
            rf"K=«-----BEGIN RSA {'PRIVATE'} KEY-----\\n{_LINE}\\n-----END RSA {'PRIVATE'} KEY-----»",
            rf"K='«{_BEGIN}\n{_LINE * 3}=\n{_END}»'",
        ),
        ignores=(rf"-----BEGIN CERTIFICATE-----\n{_LINE[:40]}", "the line -----BEGIN PRIVATE KEY----- comes first"),
    ),
    Rule(
        name="private key in base64",
        kind="private_key",
        begins="L",
        pattern=rf"(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi{_FIRST_WORDS_IN_BASE64}[A-Za-z0-9+/]{{40,1900}}<base64-end>",
        hint="LS0tLS1CRUdJTi",
        matches=(f"tls.key: «LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1{_LINE}=»",),
        ignores=(f"tls.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1{_LINE}=",),
    ),
    Rule(
        name="line of a key",
        kind="private_key",
        begins=r"[A-Za-z0-9+/\\]",
        pattern=(
            r"(?:(?<![\w+/=\-\\])|(?<=\\n)|(?<![^\n\r])<escaped-break>)"
            r"<key-line>(?:<escaped-break><key-line>){0,9}+"
            r"(?:<escaped-break>[A-Za-z0-9+/=]{1,75}(?![\w+/=\-]))?(?![A-Za-z0-9+/=])(?:<end-of-key>)?"
        ),
        hint=r"[A-Za-z0-9+/]{64}",
        matches=(f"«{_LINE}»", f"2024-01-15 web1: «{_LINE}»", rf"«{_LINE}\n{_LINE}\nAbC=»"),
        ignores=(
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            f"sha384-{_LINE}",
            "/usr/local/share/applications/configuration/defaults/desktop/app",
            _LINE[:63],
            f"{_LINE}a",
        ),
        accepts=may_be_random,
    ),
    Rule(
        name="last line of a key",
        kind="private_key",
        begins=r"[A-Za-z0-9+/]",
        pattern=r"(?<![^\n\r])[A-Za-z0-9+/]{20,75}={1,2}(?![^\n\r])",
        hint=r"[A-Za-z0-9+/]{20}=",
        matches=(f"«{_LINE[:33]}=»",),
        ignores=(f"x {_LINE[:33]}=", f"{_LINE[:33]}= x", "AAAAAAAAAAAAAAAAAAAAAA=="),
        accepts=may_be_random,
    ),
    Rule(
        name="private key named as such",
        kind="private_key",
        begins=r"[pP]",
        pattern=r"<private-name><secret-glue>((?:0x)?[A-Za-z0-9+/_\-]{32,700}={0,2})(?![\w+/=\-.])",
        hint=r"(?i:private[_\-]?key|priv[_\-]?key)\W",
        matches=(
            f"PrivateKey = «{_LINE[:43]}=»",
            f"PRIVATE_KEY=«0x{'4c0883a6' * 8}»",
            f"'privateKey': '«{'4c0883a6' * 8}»'",
        ),
        ignores=("private_key_id=0123456789abcdef", "private_key=/etc/ssl/private/server/keys/of/app/key1"),
        accepts=is_key_material,
    ),
    Rule(
        name="private part of a JSON Web Key",
        kind="private_key",
        begins="[\"'\\\\]",
        pattern=r"\\{0,2}[\"'](?:d|p|q|dp|dq|qi|k)\\{0,2}[\"'][ ]?:[ ]?\\{0,2}[\"']([\w\-]{32,700})(?=\\{0,2}[\"'])",
        hint=r"[\"'](?:d|p|q|dp|dq|qi|k)\\{0,2}[\"'][ ]?:",
        matches=('{"kty":"EC","d":"«870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE»"}',),
        ignores=('{"q":"how to write words that are long enough to be read"}', '{"d":"0123456789abcdef"}'),
        accepts=may_be_random,
    ),
)
