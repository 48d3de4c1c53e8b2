r"""Keys and tokens that give access, and private keys. Off unless a stack asks for `secret` and `private_key`.

Decisions, each with an example below:
- What a provider's prefix gives away goes whole, wherever it stands, and so does a JSON Web Token.
- What stands after `Bearer`, in an `Authorization` header, or after the name of an AWS secret or an API key goes,
  whatever its form; the word before it stays. After `password` and the like nothing goes: a password has no form.
- An AWS access key id goes too, though it is no secret by itself: people who find one look for the other.
- A private key in one line, as JSON and environment variables hold it, goes with its first and last line. Of one in
  several lines each line of 64, 70 or 76 characters goes by itself, because each line of a log is looked at by itself;
  its first and last line and a shorter rest stay. So such a line of a certificate goes as well.
"""

from handlers.redaction.rules.rule import Rule
from handlers.redaction.rules.words import Words, Written

_PREFIXES = (
    *(
        "gh[pousr]_[A-Za-z0-9]{36,255}",
        "github_pat_[A-Za-z0-9_]{22,255}",
        r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas)-[\w\-]{20,128}",
    ),
    *(
        r"xox[abeoprs]-[A-Za-z0-9\-]{10,250}",
        r"xapp-\d-[A-Za-z0-9\-]{10,250}",
        r"npm_[A-Za-z0-9]{36}",
        r"hf_[A-Za-z]{34}",
    ),
    *(
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,250}",
        r"whsec_[A-Za-z0-9+/=]{32,128}",
        r"AIza[\w\-]{35}",
        r"ya29\.[\w\-]{20,500}",
    ),
    *(
        r"GOCSPX-[\w\-]{28}",
        r"SG\.[\w\-]{22}\.[\w\-]{43}",
        r"dop_v1_[a-f0-9]{64}",
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    ),
    *(r"pypi-AgE[\w\-]{50,500}", r"rdp_[\w\-]{43}", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    r"sk-(?:(?:proj|svcacct|admin|ant|or)-(?=[\w\-]{0,200}\d)[\w\-]{20,250}|(?=[A-Za-z]{0,200}\d)[A-Za-z0-9]{32,200})",
)
_HINTS = (
    *("gh[pousr]_", "github_pat_", "gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas)-", "xox[abeoprs]-", r"xapp-\d", "npm_", "hf_"),
    *("[sr]k_(?:live|test)_", "whsec_", "AIza", r"ya29\.", "GOCSPX-", r"SG\.", "dop_v1_", "shp(?:at|ca|pa|ss)_"),
    *("pypi-AgE", "rdp_", "AKIA|ASIA", "sk-[A-Za-z0-9]"),
)
# One character of 64 is a slash in base64; in a path it is every tenth.
_CHARS_PER_SLASH = 16
_NAMES = (
    *(
        "api[_\\-]?key",
        "api[_\\-]?token",
        "access[_\\-]?token",
        "refresh[_\\-]?token",
        "client[_\\-]?secret",
        "secret[_\\-]?key",
    ),
    *("secret[_\\-]?access[_\\-]?key", "account[_\\-]?key", "auth[_\\-]?token", "session[_\\-]?token"),
)


def _fake(*parts: str) -> str:
    """Write an example in pieces, so that no scanner takes this file for one that leaks keys."""
    return "".join(parts)


_FORTY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

SECRET_TOKENS: dict[str, Written] = {
    "secret-left": r"(?:(?<![\w+/.\-])|(?<=\\[nrt])|(?<=%[0-7][0-9A-Fa-f])|(?<=[\[;]\dm)|(?<=[\[;]\d\dm))",
    "secret-right": r"(?![\w\-])",
    "secret-name": r"(?<![A-Za-z])<key-name>|(?<=[_\-])<key-name>",
    "key-name": Words(_NAMES),
    "secret-glue": r"\\{0,2}[\"']?[ ]?(?:[:=]|=>|%3[AaDd])[ ]?\\{0,2}[\"']?",
    "key-line": r"[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}(?:[A-Za-z0-9+/]{6})?)?",
    "escaped-break": r"(?:\\{1,2}r)?\\{1,2}n",
}


def may_be_random(line: str) -> bool:
    """Say whether a line mixes letters and digits as base64 does; a path or a digest does not."""
    return (
        any(map(str.islower, line))
        and any(map(str.isupper, line))
        and any(map(str.isdigit, line))
        and line.count("/") * _CHARS_PER_SLASH <= len(line)
    )


SECRET_RULES = (
    Rule(
        name="private key in one line",
        kind="private_key",
        begins="-",
        pattern=(
            r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:<escaped-break>[A-Za-z0-9+/=:,\- ]{0,76}){1,20}+"
        ),
        hint=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        matches=(
            rf'{{"key": "«-----BEGIN {"PRIVATE"} KEY-----\n{_LINE}\nAbC1+/==\n-----END {"PRIVATE"} KEY-----\n»"}}',
            rf"K=«-----BEGIN RSA {'PRIVATE'} KEY-----\\n{_LINE}\\n-----END RSA {'PRIVATE'} KEY-----»",
        ),
        ignores=(rf"-----BEGIN CERTIFICATE-----\n{_LINE[:40]}", "the line -----BEGIN PRIVATE KEY----- comes first"),
    ),
    Rule(
        name="line of a key",
        kind="private_key",
        begins=r"[A-Za-z0-9+/]",
        pattern=(
            r"(?:(?<![\w+/=\-])|(?<=\\n))<key-line>(?:<escaped-break><key-line>){0,9}+"
            r"(?:<escaped-break>[A-Za-z0-9+/=]{1,75}(?![\w+/=\-]))?(?![A-Za-z0-9+/=])"
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
        name="JSON Web Token",
        kind="secret",
        begins="e",
        pattern=r"<secret-left>eyJ[\w\-]{8,500}\.eyJ[\w\-]{4,1000}(?:\.[\w\-]{0,500})?",
        hint=r"eyJ[\w\-]{8}",
        matches=(_fake("t=«eyJ", "hbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0.", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r»;"),),
        ignores=("eyJhbGciOiJIUzI1NiJ9", "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x"),
    ),
    Rule(
        name="key of a provider",
        kind="secret",
        begins=r"[A-Za-z]",
        pattern=rf"<secret-left>(?:{'|'.join(_PREFIXES)})<secret-right>",
        hint=rf"(?:{'|'.join(_HINTS)})",
        matches=(
            "id «AKIAIOSFODNN7EXAMPLE».",
            _fake("«gh", "p_", "a1B2" * 9, "»"),
            _fake("«github_", "pat_", "11ABCDEFG0abcdefghij_kl»"),
            _fake("«gl", "pat-", "abcdEFGH1234_5678-90»"),
            _fake("«xox", "b-123456789012-abcdefABCDEF»"),
            _fake("key=«sk", "_live_", "4eC39HqLyjWDarjtT1zdp7dc»"),
            _fake("«AI", "zaSyA-1234567890abcdefghijklmnopqrstu»"),
            _fake("«sk", "-proj-", "abc123DEF456ghi789JKL»"),
            _fake("«sk", "-ant-", "api03-abc123DEF456ghi789»"),
            _fake('"«rdp', "_", "a1B2-" * 8, 'xyz»"'),
            _fake("«np", "m_", "a1B2" * 9, "»"),
        ),
        ignores=(
            "AKIA1234",
            "sk-ssh-ed25519-cert-v01@openssh.com",
            "task-proj-abc123DEF456ghi789JKL",
            "ghp_short",
            "SG.is.here",
            "sk-learn-contributors-and-maintainers",
        ),
    ),
    Rule(
        name="webhook of Slack",
        kind="secret",
        begins="h",
        pattern=r"hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9+/]{20,120})",
        hint=r"hooks\.slack\.com/",
        matches=(_fake("https://hooks.slack.com/services/«T00000000/", "B00000000/", "XXXXXXXXXXXXXXXXXXXXXXXX»"),),
        ignores=("https://hooks.slack.com/docs",),
    ),
    Rule(
        name="credentials of a request",
        kind="secret",
        begins=r"[AaBb]",
        pattern=(
            r"(?:\b(?i:authorization)<secret-glue>(?i:basic|bearer|token|digest|apikey) {1,2}|\b(?i:bearer) {1,2})"
            r"((?=[A-Za-z._\-]{0,200}[0-9+/=]|[a-z0-9]{0,200}[A-Z])[A-Za-z0-9\-._~+/]{12,1500}={0,2})"
        ),
        hint=r"\b(?i:authorization|bearer)\b",
        matches=(
            "Authorization: Bearer «abc123DEF456ghi»",
            '{"authorization":"Basic «dXNlcjpwYXNzd29yZA==»"}',
            "curl -H 'authorization: token «0123456789abcdef»'",
            "got bearer «mF_9.B5f-4.1JqM-x»,",
        ),
        ignores=("bearer authentication failed", "Authorization: Bearer null", "the bearer of this letter"),
    ),
    Rule(
        name="key named as such",
        kind="secret",
        begins=r"[aArRcCsS]",
        pattern=r"(?:<secret-name>)<secret-glue>((?=[A-Za-z._/\-]{0,200}\d)[A-Za-z0-9\-._~+/]{16,500}={0,2})(?![A-Za-z0-9])",
        hint=r"<key-name>\W",
        matches=(
            f"aws_secret_access_key = «{_FORTY}»",
            f'"SecretAccessKey": "«{_FORTY}»",',
            "x-api-key: «0123456789abcdef0123»",
            "?api_key=«0123456789abcdef0123»&x=1",
            '"client_secret":"«0Q~abcdefghijklmnop»"',
        ),
        ignores=(
            "api_key=null",
            "apiKey: process.env.SECRET_KEY_OF_APP",
            "access_token_expires_in=3600",
            "secret_key_id=7",
        ),
    ),
)
