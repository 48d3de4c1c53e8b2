r"""IP addresses, private ones too. Off unless a stack asks for `ip`.

Decisions, each with an example below:
- A port, a zone and the length of a network stay; both ends of a range go.
- What is named as a version stays, and so does the version in a browser's name: `Chrome/128.0.0.0`.
- `::` alone stays, and so do names of code such as `de::ad`: an IPv6 address here has a digit.
"""

import ipaddress

from handlers.redaction.rules.rule import Rule


def is_ipv6_address(text: str) -> bool:
    """Say whether the text is one IPv6 address and has a digit."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return any(map(str.isdigit, text))


# Words that a version follows, and a product's name before a slash. `re` looks back only over a fixed number of
# characters, hence one expression for each length.
_VERSION_WORDS = ("(?:version|release)", "build", "firmware")
_AFTER_VERSION_WORDS = ("[ :=/_\\-]", "[:=] ", "[:=][\"']", "[\"']:[\"']", "[\"']: [\"']")
_NO_VERSION = (
    "(?<!~)(?<!OPR/)(?<!CriOS/)(?<!EdgA/)"
    + "".join(f"(?<![A-Z][a-z]{{{letters}}}/)" for letters in range(2, 13))
    + "".join(f"(?<!(?i:{word}){after})" for word in _VERSION_WORDS for after in _AFTER_VERSION_WORDS)
)

IP_TOKENS = {
    "octet": r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)",
    "quad": r"(?:<octet>\.){3}<octet>",
    "hex4": "[0-9A-Fa-f]{1,4}",
    "no-version": _NO_VERSION,
}

IP_RULES = (
    Rule(
        name="IPv4 address",
        kind="ip",
        begins=r"\d",
        pattern=r"<left><no-version><quad>(?:-<quad>)?<right>",
        hint=r"<hint-left>(?:\d{1,3}\.){3}\d",
        matches=(
            "from «192.168.0.1» port",
            "«10.0.0.1»:443",
            "«10.0.0.1».",
            "«10.0.0.1-10.0.0.9»",
            "localhost/«127.0.0.1»:80",
        ),
        ignores=(
            "1.2.3.4.5",
            "256.1.1.1",
            "v1.2.3.4",
            "version 1.2.3.4",
            '"version": "1.2.3.4"',
            "Chrome/128.0.0.0 Safari",
            "amd64~~6.1.1.0",
        ),
    ),
    Rule(
        name="IPv6 address",
        kind="ip",
        begins=r"[0-9A-Fa-f:]",
        pattern=(
            r"(?<![\w:.])(?:<hex4>(?:::?<hex4>){1,7}(?:::)?|<hex4>::|::<hex4>(?::<hex4>){0,6})"
            r"(?:(?:\.<octet>){3})?(?!\w|:[\w:]|\.\d)"
        ),
        hint=r"(?:^|[^\w:.])(?:[0-9A-Fa-f]{1,4}:{1,2}|::)[0-9A-Fa-f:]",
        matches=(
            "from «2001:db8::1» port",
            "[«fe80::1ff:fe23:4567:890a»]:443",
            "«::1»",
            "peer «2001:db8:0:0:1:2:3:4»: reset",
            "«::ffff:192.0.2.1»",
            "«fe80::1»%eth0",
        ),
        ignores=("10:30:00", "00:1b:44:11:3a:b7", "std::vector", "a::b::c", "on :: port", "de::ad"),
        accepts=is_ipv6_address,
    ),
)
