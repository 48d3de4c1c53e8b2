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
    *(r"pypi-AgE[\w\-]{50,500}", r"rdp_[\w\-]{43}", r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    *(r"hv[sbr]\.[\w\-]{20,300}", r"[A-Za-z0-9]{14}\.atlasv1\.[\w\-]{60,70}", r"dapi[a-f0-9]{32}(?:-\d)?"),
    *(
        r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}",
        r"glc_eyJ[A-Za-z0-9+/]{20,400}={0,2}",
        r"NR(?:AK|II|JS|RA)-[\w\-]{19,32}",
    ),
    *(r"(?:sq0[a-z]{3}-|EAAA)[\w\-]{22,60}", r"EAA[A-Z][A-Za-z0-9]{60,300}", "SK[0-9a-f]{32}", "key-[0-9a-f]{32}"),
    *(
        r"[0-9a-f]{32}-us\d{1,2}",
        r"\d{8,10}:AA[\w\-]{33}",
        r"(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){5,6}[\w\-]{0,3}\.[\w\-]{6}\.[\w\-]{27,38}",
    ),
    *(r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.]{40,60}", "lin_api_[A-Za-z0-9]{40}", "(?:secret|ntn)_[A-Za-z0-9]{43,46}"),
    *("PMAK-[a-f0-9]{24}-[a-f0-9]{34}", r"fig[dour]_[\w\-]{40,60}", r"AT(?:ATT|CTT|BB)[\w\-=]{24,250}"),
    *(r"dckr_pat_[\w\-]{27,32}", r"f[mo][12]_[\w+/=]{40,500}", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    *(r"sntry[us]_[\w+/=]{40,300}", r"pscale_(?:tkn|pw|oauth)_[\w.\-]{32,64}", "rubygems_[a-f0-9]{48}"),
    *(r"CCI(?:PAT|PRJ)_[\w]{20,100}", "bku[au]_[a-z0-9]{32,50}", "pul-[a-f0-9]{40}", r"r8_[A-Za-z0-9]{37}"),
    *(r"gsk_[A-Za-z0-9]{52}", r"pplx-[A-Za-z0-9]{40,60}", r"xai-[A-Za-z0-9]{80}", r"lsv2_(?:pt|sk)_[a-f0-9_]{32,50}"),
    *(r"sbp_[a-f0-9]{40}", r"sb_secret_[\w\-]{20,60}", r"nfp_[A-Za-z0-9]{36,40}", r"tfp_[\w.=\-]{40,70}"),
    *(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", r"[\w~.]{3}\dQ~[\w~.\-]{31,34}", r"sl\.[\w\-]{100,300}", r"CFPAT-[\w\-]{43}"),
    *(
        r"FLWSECK(?:_TEST)?-[\w\-]{12,50}",
        r"(?:duffel|shippo)_(?:test|live)_[\w\-=]{40,50}",
        r"EZ[AT]K[A-Za-z0-9]{50,60}",
    ),
    *(
        r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}",
        r"pnu_[A-Za-z0-9]{36}",
        r"rdme_[a-z0-9]{70}",
        r"sgp_[A-Za-z0-9_]{40,70}",
    ),
    *(
        r"nvapi-[\w\-]{60,70}",
        r"HRKU-[\w\-]{36,64}",
        r"do[or]_v1_[a-f0-9]{64}",
        r"[sp]k\.eyJ[\w\-]{20,200}\.[\w\-]{20,40}",
    ),
    r"sk-(?:(?:proj|svcacct|admin|ant|or)-(?=[\w\-]{0,200}\d)[\w\-]{20,250}|(?=[A-Za-z]{0,200}\d)[A-Za-z0-9]{32,200})",
)
_HINTS = (
    *("gh[pousr]_", "github_pat_", "gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas)-", "xox[abeoprs]-", r"xapp-\d", "npm_", "hf_"),
    *("[sr]k_(?:live|test)_", "whsec_", "AIza", r"ya29\.", "GOCSPX-", r"SG\.", "dop_v1_", "shp(?:at|ca|pa|ss)_"),
    *(
        "pypi-AgE",
        "rdp_",
        "A3T|AKIA|ASIA|ABIA|ACCA",
        "sk-[A-Za-z0-9]",
        r"hv[sbr]\.",
        r"[A-Za-z0-9]{14}\.atlasv1",
        "dapi[a-f0-9]",
    ),
    *("glsa_", "glc_", "NR(?:AK|II|JS|RA)-", "sq0[a-z]{3}-", "EAA[A-Z]", "SK[0-9a-f]{32}", "key-[0-9a-f]{32}"),
    *(
        r"[0-9a-f]{32}-us\d",
        r"\d{8,10}:AA",
        r"[MNO][DTjz][AEIMQUYcgk][\w\-]{17,25}\.[\w\-]{6}\.",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.",
    ),
    *(
        "lin_api_",
        "(?:secret|ntn)_[A-Za-z0-9]{43}",
        "PMAK-",
        "fig[dour]_",
        "AT(?:ATT|CTT|BB)",
        "dckr_pat_",
        "f[mo][12]_",
    ),
    *(
        r"pat[A-Za-z0-9]{14}\.",
        "sntry[us]_",
        "pscale_",
        "rubygems_",
        "CCI(?:PAT|PRJ)_",
        "bku[au]_",
        "pul-",
        "r8_",
        "gsk_",
    ),
    *(
        "pplx-",
        "xai-",
        "lsv2_",
        "sbp_",
        "sb_secret_",
        "nfp_",
        "tfp_",
        "AGE-SECRET-KEY-1",
        r"[\w~.]{3}\dQ~",
        r"sl\.[\w\-]{100}",
    ),
    *("CFPAT-", "FLWSECK", "(?:duffel|shippo)_", "EZ[AT]K", "xkeysib-", "pnu_", "rdme_", "sgp_", "nvapi-", "HRKU-"),
    *("do[or]_v1_", r"[sp]k\.eyJ"),
)
# One character of 64 is a slash in base64; in a path it is every tenth.
_CHARS_PER_SLASH = 16
# What a secret is called, alone or at the end of a longer name: `GITHUB_TOKEN`, `githubToken`, `x-auth-token`.
_NAMES = (
    *("api[_\\-]?key", "access[_\\-]?key", "secret[_\\-]?key", "account[_\\-]?key", "auth[_\\-]?key", "app[_\\-]?key"),
    *(
        "signing[_\\-]?key",
        "token",
        "secret",
        "(?:client|app|shared|webhook)[_\\-]?secret",
        "secret[_\\-]?access[_\\-]?key",
        "(?:access|api|auth|id|refresh|session|bearer)[_\\-]?token",
    ),
)
# Tokens that give access to nothing: of pages, parsers and locks.
_HARMLESS = ("next", "page", "sync", "continuation", "cursor", "resume", "fencing", "publickey", "public_key")


def _fake(*parts: str) -> str:
    """Write an example in pieces, so that no scanner takes this file for one that leaks keys."""
    return "".join(parts)


_FORTY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

SECRET_TOKENS: dict[str, Written] = {
    "secret-left": r"(?:(?<![\w+/.\-])|(?<=\\[nrt])|(?<=%[0-7][0-9A-Fa-f])|(?<=[\[;]\dm)|(?<=[\[;]\d\dm))",
    "secret-right": r"(?![\w\-])",
    "secret-name": (
        "(?:(?<![A-Za-z])|(?<=[a-z0-9])(?=[A-Z]))"
        + "".join(f"(?<!(?i:{word}))(?<!(?i:{word})[_\\-])" for word in _HARMLESS)
        + "<key-name>"
    ),
    "key-name": Words(_NAMES),
    "secret-glue": r"\\{0,2}[\"']?[ ]?(?:[:=]|=>|%3[AaDd])[ ]?\\{0,2}[\"']?",
    "key-line": r"[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}(?:[A-Za-z0-9+/]{6})?)?",
    "end-line": "-----END [A-Z0-9 ]{1,40}-----",
    "end-of-key": "<escaped-break><end-line>(?:<escaped-break>)?",
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
            r"(?:(?:<escaped-break>(?!-----)[A-Za-z0-9+/=:,\- ]{0,76}){1,20}+(?:<end-of-key>)?"
            r"|(?: [A-Za-z0-9+/]{40,76}){1,20}+(?: [A-Za-z0-9+/=]{1,76}(?= -----END))?(?: <end-line>)?)"
        ),
        hint=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        matches=(
            rf'{{"key": "«-----BEGIN {"PRIVATE"} KEY-----\n{_LINE}\nAbC1+/==\n-----END {"PRIVATE"} KEY-----\n»"}}',
            rf"«-----BEGIN {'PRIVATE'} KEY----- {_LINE} AbC1+/== -----END {'PRIVATE'} KEY-----» loaded",
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
        begins=r"[\w~.]",
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
            _fake("«hv", "s.", "a1B2" * 9, "»"),
            _fake("«dapi", "0a1b" * 8, "»"),
            _fake("«", "0a1b" * 8, "-us12»"),
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
        begins=r"[aAbBcCiIrRsStTwW]",
        pattern=r"(?:<secret-name>)<secret-glue>((?=[A-Za-z._/\-]{0,200}\d)(?=\d{0,40}[A-Za-z._~+/=\-])[A-Za-z0-9\-._~+/=]{16,500})(?![A-Za-z0-9])",
        hint=r"<key-name>\W",
        matches=(
            f"aws_secret_access_key = «{_FORTY}»",
            f'"SecretAccessKey": "«{_FORTY}»",',
            "x-api-key: «0123456789abcdef0123»",
            "?api_key=«0123456789abcdef0123»&x=1",
            "GITHUB_TOKEN=«0123456789abcdef0123»",
            "githubToken: «0123456789abcdef0123»",
            "refreshtoken=«0123456789abcdef0123»",
            '"client_secret":"«0Q~abcdefghijklmnop»"',
        ),
        ignores=(
            "api_key=null",
            "apiKey: process.env.SECRET_KEY_OF_APP",
            "access_token_expires_in=3600",
            "next_token=0123456789abcdef0123",
            "PublicKeyToken=31bf3856ad364e35",
            "Token: 9223372036854775808",
            "secret_key_id=7",
        ),
    ),
)
