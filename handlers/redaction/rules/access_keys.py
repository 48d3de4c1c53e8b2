r"""Keys and tokens that give access. Off unless a stack asks for `secret`.

Decisions, each with an example below:
- What a provider's prefix gives away goes whole, wherever it stands, and so does a JSON Web Token.
- What stands in an `Authorization` header, after `Bearer`, or after a name that ends with token, secret or API key goes
  if it has both letters and digits and does not read as a name; the word before it stays.
- After `password` and the like nothing goes: a password has no form.
- An AWS access key id goes too, though it is no secret by itself: people who find one look for the other.
- A key goes whole or not at all: a JSON Web Token with claims of 1,300 characters still goes, a longer one stays. Only
  of what stands after a name or `Bearer` and is longer than a rule reads the first 860 or 700 characters go.
"""

import itertools
import re

from handlers.redaction.rules.provider_keys import KEYS_TOLD_LATER, PROVIDER_KEYS
from handlers.redaction.rules.rule import Rule
from handlers.redaction.rules.words import Words, Written

_FORMS = tuple(itertools.chain.from_iterable(PROVIDER_KEYS.values()))
_PROVIDER_KEYS = "|".join(
    [*(f"(?:{begin}){rest}" for begin, rest in _FORMS), *(key for _, key in KEYS_TOLD_LATER.values())]
)
_PROVIDER_HINTS = "|".join([*(begin for begin, _ in _FORMS), *(hint for hint, _ in KEYS_TOLD_LATER.values())])

# What a secret is called, alone or at the end of a longer name: `GITHUB_TOKEN`, `githubToken`, `x-auth-token`.
_NAMES = (
    "(?:api|app|auth|access|account|secret|master|encryption|signing|service|subscription|functions)[_\\-]?key",
    "(?:consumer|integration|license|write|deploy|storage|shared[_\\-]?access|secret[_\\-]?access)[_\\-]?key",
    "(?:access|api|auth|id|refresh|session|security|bearer|bot|user|app|private|personal)[_\\-]?token",
    "(?:client|app|shared|consumer|webhook|api)[_\\-]?secret",
    *("token", "secret", "authorization", "x-amz-signature", "x-goog-signature"),
)
# Tokens that give access to nothing: of pages, parsers, locks and assemblies.
_HARMLESS = ("next", "page", "sync", "continuation", "cursor", "resume", "fencing", "publickey", "public_key")
_SHORT_NAME_CHARS = 24


def _fake(*parts: str) -> str:
    """Write an example in pieces, so that no scanner takes this file for one that leaks keys."""
    return "".join(parts)


_FORTY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

SECRET_TOKENS: dict[str, Written] = {
    "secret-left": r"(?:(?<![\w+/.\-])|(?<=\\[nrt])|(?<=%[0-7][0-9A-Fa-f])|(?<=[\[;]\dm)|(?<=[\[;]\d\dm))",
    "secret-right": r"(?![\w\-]|[.~=+$][\w=\-])",
    "secret-name": (
        "(?:(?<![A-Za-z])|(?<=[a-z0-9])(?=[A-Z]))"
        + "".join(f"(?<!(?i:{word}))(?<!(?i:{word})[_\\-])" for word in _HARMLESS)
        + "<key-name>"
    ),
    "key-name": Words(_NAMES),
    "secret-glue": r"\\{0,2}[\"']?[ ]{0,8}(?:[:=]|:=|=>|>|%3[AaDd])[ ]{0,8}\\{0,2}[\"'`]?",
    # As Kubernetes and ECS write variables: {"name": "API_KEY", "value": "…"}.
    "value-glue": r"\\{0,2}\",[ ]?\\{0,2}\"[vV]alue\\{0,2}\":[ ]?\\{0,2}\"",
    "secret-character": r"(?:[A-Za-z0-9\-_~+/]|%(?=[23])|[.:|$@!](?=[\w=\-])|=(?=[\w=\-.]))",
    # Possessive: nothing is tried twice, and what follows decides nothing.
    "secret-value": r"<secret-character>{16,860}+={0,2}",
    # Between quotation marks it may have any character but those, and no spaces.
    "quoted-value": r"(?<=[\"'`])[^\s\"'`\\]{16,200}+(?=\\{0,2}[\"'`])",
    "bearer-value": r"<secret-character>{12,700}+={0,2}",
    "token-end": r"(?![\w\-])",
}


def is_no_name(value: str) -> bool:
    """Say whether a value has letters and digits, and reads neither as words that hyphens part nor as `Something2`."""
    if not re.search(r"\d", value) or not re.search("[A-Za-z]", value):
        return False
    if len(value) < _SHORT_NAME_CHARS and re.fullmatch(r"[A-Za-z]+\d{1,3}", value):
        return False
    parts = re.findall("[A-Za-z0-9]+", value)
    words = [part for part in parts if re.fullmatch("[A-Za-z]?[a-z]{2,}|[A-Z]{2,}", part)]
    return not words or 2 * sum(map(len, words)) < sum(map(len, parts))


SECRET_RULES = (
    Rule(
        name="JSON Web Token",
        kind="secret",
        begins="e",
        pattern=(
            r"<secret-left>eyJ[\w\-]{8,300}(?:\.eyJ(?:[\w\-]{4,900}\.[\w\-]{0,700}<token-end>"
            r"|[\w\-]{4,1300}(?:\.[\w\-]{0,344}<token-end>|(?![\w\-]|\.[\w\-])))"
            r"|\.[\w\-]{0,400}\.[\w\-]{8,30}\.[\w\-]{4,400}<token-end>(?:\.[\w\-]{22,24})?)"
        ),
        hint=r"eyJ[\w\-]{8}",
        matches=(
            _fake("t=«eyJ", "hbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0.", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r»;"),
            _fake(
                "t=«eyJ",
                "hbGciOiJkaXIifQ..",
                "48V1_ALb6US04U3b.",
                "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vp.",
                "XFBoMYUZodetZdvTiFvSkQ»",
            ),
        ),
        ignores=("eyJhbGciOiJIUzI1NiJ9", "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x"),
    ),
    Rule(
        name="key of a provider",
        kind="secret",
        begins=r"[\w~.]",
        pattern=rf"<secret-left>(?:{_PROVIDER_KEYS})<secret-right>",
        hint=rf"(?:{_PROVIDER_HINTS})",
        matches=(
            "id «AKIAIOSFODNN7EXAMPLE».",
            _fake("«gh", "p_", "a1B2" * 9, "»"),
            _fake("«github_", "pat_", "11ABCDEFG0abcdefghij_kl»"),
            _fake("«gl", "pat-", "abcdEFGH1234_5678-90»"),
            _fake("«gl", "pat-", "abcdEFGH1234_5678-90abcdefgh.01.0123a1b2c»"),
            _fake("«xox", "b-123456789012-abcdefABCDEF»"),
            _fake("key=«sk", "_live_", "4eC39HqLyjWDarjtT1zdp7dc»"),
            _fake("«AI", "zaSyA-1234567890abcdefghijklmnopqrstu»"),
            _fake("«sk", "-proj-", "abc123DEF456ghi789JKL»"),
            _fake("«sk", "-ant-", "api03-abc123DEF456ghi789»"),
            _fake('"«rdp', "_", "a1B2-" * 8, 'xyz»"'),
            _fake("«np", "m_", "a1B2" * 9, "»"),
            _fake("«hv", "s.", "a1B2" * 9, "»"),
            _fake("«dapi", "0a1b" * 8, "»"),
            _fake("«", "0a1b" * 8, "-us12»"),
            _fake("«MTk4", "NjIyNDgz", "NDcxOTI1MjQ4.", "Cl2FMQ.", "ZnCjm1XVW7vRze4b7Cq4se7kKWs»"),
        ),
        ignores=(
            "AKIA1234",
            "sk-ssh-ed25519-cert-v01@openssh.com",
            "task-proj-abc123DEF456ghi789JKL",
            "ghp_short",
            "SG.is.here",
            "sk-learn-contributors-and-maintainers",
            "test_handles_3_messages_in_a_batch_of_ten",
        ),
    ),
    Rule(
        name="webhook of Slack",
        kind="secret",
        begins="h",
        pattern=r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{20,120})",
        hint=r"hooks\.slack\.com/",
        matches=(_fake("https://hooks.slack.com/services/«T00000000/", "B00000000/", "XXXXXXXXXXXXXXXXXXXXXXXX»"),),
        ignores=("https://hooks.slack.com/docs",),
    ),
    Rule(
        name="webhook of Discord",
        kind="secret",
        begins="d",
        pattern=r"discord(?:app)?\.com/api/webhooks/(\d{17,20}/[\w\-]{60,80})(?![\w\-])",
        hint=r"discord(?:app)?\.com/api/webhooks/",
        matches=(_fake("https://discord.com/api/webhooks/«123456789012345678/", "a1B2" * 17, "»"),),
        ignores=("https://discord.com/api/webhooks/123456789012345678",),
    ),
    Rule(
        name="credentials of a request",
        kind="secret",
        begins=r"[AaBb]",
        pattern=(
            r"(?:\b(?i:authorization)<secret-glue>[A-Za-z][A-Za-z0-9\-]{2,20} {1,2}|\b(?i:bearer) {1,2})"
            r"((?=[A-Za-z._\-]{0,200}[0-9+/=]|[a-z0-9]{0,200}[A-Z])<bearer-value>)"
        ),
        hint=r"\b(?i:authorization|bearer)\b",
        matches=(
            "Authorization: Bearer «abc123DEF456ghi»",
            '{"authorization":"Basic «dXNlcjpwYXNzd29yZA==»"}',
            "curl -H 'authorization: token «0123456789abcdef»'",
            "Authorization: SSWS «00QCjAl4MlV-WPXM»",
            "got bearer «mF_9.B5f-4.1JqM-x»,",
        ),
        ignores=("bearer authentication failed", "Authorization: Bearer null", "the bearer of this letter"),
    ),
    Rule(
        name="key named as such",
        kind="secret",
        begins=r"[aAbBcCdDeEfFiIlLmMpPrRsStTuUwWxX]",
        pattern=r"<secret-name>(?:<secret-glue>|<value-glue>)(<quoted-value>|<secret-value>)",
        hint=r"<key-name>[\W]",
        matches=(
            f"aws_secret_access_key = «{_FORTY}»",
            f'"SecretAccessKey": "«{_FORTY}»",',
            "x-api-key: «0123456789abcdef0123»",
            "?api_key=«0123456789abcdef0123»&x=1",
            "GITHUB_TOKEN=«0123456789abcdef0123».",
            "githubToken: «0123456789abcdef0123»",
            "refreshtoken=«0123456789abcdef0123»",
            "token='«0123456789abcdef#0123*»'",
            "secret_key     = `«0123456789abcdef0123»`",
            "<token>«0123456789abcdef0123»</token>",
            '{"name": "APP_SECRET", "value": "«0123456789abcdef:0123»"}',
            "sig?token=«0123456789abcdef%2B0123%3D»&x=1",
            '"client_secret":"«0Q~abc4efg5ijklmnop»"',
        ),
        ignores=(
            "api_key=null",
            "apiKey: process.env.SECRET_KEY_OF_APP",
            "access_token_expires_in=3600",
            "next_token=0123456789abcdef0123",
            "PublicKeyToken=31bf3856ad364e35",
            "Token: 9223372036854775808",
            "secret=default-token-x7x8z",
            "secret: kube-system/bootstrap-signer2",
            "secret_key_id=7",
        ),
        accepts=is_no_name,
    ),
    Rule(
        name="key behind its name",
        kind="secret",
        begins=r"[aAbBcCdDeEfFiIlLmMpPrRsStTuUwWxX]",
        pattern=r"<secret-name> {1,2}[\"'`]?((?!0x)(?=[^\s]{20})<secret-value>)",
        hint="",
        matches=("--token «0123456789abcdef0123» --verbose", "the API token '«0123456789abcdef0123»' has expired"),
        ignores=("unexpected token 0x0123456789abcdef0123", "secret default-token-x7x8z-of-app", "token 0123456789"),
        accepts=is_no_name,
    ),
)
