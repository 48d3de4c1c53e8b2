"""Kinds that are off unless a stack asks for them: payment cards, US social security numbers, IBANs, IP addresses."""

import ipaddress

from handlers.redaction.rules.rule import Rule


def has_luhn_check_digit(number: str) -> bool:
    """Say whether the digits of a payment card end in the check digit of ISO/IEC 7812."""
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def has_iban_check_digits(iban: str) -> bool:
    """Say whether an IBAN is 15 to 34 characters long and its check digits are right (ISO 13616, ISO/IEC 7064)."""
    compact = iban.replace(" ", "").replace("-", "")
    if not 15 <= len(compact) <= 34:  # noqa: PLR2004 - the standard's own lengths
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


def is_ip_address(text: str) -> bool:
    """Say whether the text is one IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


OPTIONAL_TOKENS = {
    "octet": r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)",
}

OPTIONAL_RULES = (
    Rule(
        name="payment card",
        kind="credit_card",
        begins=r"\d",
        pattern=(
            r"<left>(?:[2-6]\d{3}(?:[ \-]?\d{4}){3}|3[47]\d{2}[ \-]?\d{6}[ \-]?\d{5}|3[0689]\d{2}[ \-]?\d{6}[ \-]?\d{4}"
            r"|4\d{12}|[46]\d{18})<right>"
        ),
        hint=r"\b[2-6]\d{3}[ \-]?\d{4}",
        matches=("card «4111 1111 1111 1111»", "«5500-0000-0000-0004»", "«378282246310005»,", "«4222222222222»"),
        ignores=("4111 1111 1111 1112", "1700000000000", "1700000000000000", "id 41111111111111110"),
        accepts=has_luhn_check_digit,
    ),
    Rule(
        name="US social security number",
        kind="us_ssn",
        begins=r"\d",
        pattern=(
            r"<left>(?:00[1-9]|0[1-9]\d|[1-57-8]\d\d|6[0-57-9]\d|66[0-57-9])-(?:0[1-9]|[1-9]\d)"
            r"-(?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})<right>"
        ),
        hint=r"<hint-left>\d{3}-\d{2}-\d{4}",
        matches=("ssn «078-05-1120»", "ssn=«667-12-3456»"),
        ignores=("000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "2024-01-15"),
    ),
    Rule(
        name="IBAN",
        kind="iban",
        begins=r"[A-Z]",
        pattern=r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{4}){2,7}(?:[ \-]?[A-Z0-9]{1,3})?<no-word>",
        hint=r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{4}){2}",
        matches=("to «DE89 3704 0044 0532 0130 00»", "iban=«GB82WEST12345698765432»"),
        ignores=("DE88 3704 0044 0532 0130 00", "AB12CD34EF56"),
        accepts=has_iban_check_digits,
    ),
    Rule(
        name="IPv4 address",
        kind="ip",
        begins=r"\d",
        pattern=r"<left>(?:<octet>\.){3}<octet><right>",
        hint=r"<hint-left>(?:\d{1,3}\.){3}\d",
        matches=("from «192.168.0.1» port", "«10.0.0.1»:443", "«10.0.0.1»."),
        ignores=("1.2.3.4.5", "256.1.1.1", "v1.2.3.4"),
    ),
    Rule(
        name="IPv6 address",
        kind="ip",
        begins=r"[0-9A-Fa-f:]",
        pattern=r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:{1,2}|::)(?:[0-9A-Fa-f]{1,4}:{1,2}){0,7}(?:[0-9A-Fa-f]{1,4})?(?![\w:]|\.\d)",
        hint=r"(?:^|[^\w:.])(?:[0-9A-Fa-f]{1,4}:{1,2}|::)(?:[0-9A-Fa-f]{1,4}:{1,2}){0,7}",
        matches=("from «2001:db8::1» port", "[«fe80::1ff:fe23:4567:890a»]:443", "«::1»"),
        ignores=("10:30:00", "00:1b:44:11:3a:b7", "std::vector", "a::b::c"),
        accepts=is_ip_address,
    ),
)
