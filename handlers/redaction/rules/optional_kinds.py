"""Numbers that are off unless a stack asks for them: payment cards, US social security numbers and IBANs.

A card or a bank account has a check digit, which decides; so a word before it only widens what may be one.
"""

from handlers.redaction.rules.rule import Rule
from handlers.redaction.rules.words import Words, Written, first_letters


def has_luhn_check_digit(number: str) -> bool:
    """Say whether the digits of a payment card end in the check digit of ISO/IEC 7812."""
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def has_iban_check_digits(iban: str) -> bool:
    """Say whether the check digits of an IBAN are right (ISO/IEC 7064)."""
    compact = iban.replace(" ", "").replace("-", "")
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


def may_be_given_out(number: str) -> bool:
    """Say whether a US social security number can exist: no part is all zeros, and no area is 666 or 900 and more."""
    digits = "".join(filter(str.isdigit, number))
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


_CARD_WORDS = (
    *(
        "card",
        "credit[ _\\-]?card",
        "debit[ _\\-]?card",
        "ccn?",
        "ccnum(?:ber)?",
        "cc[ _\\-]?no",
        "pan",
        "visa",
        "amex",
    ),
    *("mastercard", "maestro", "diners", "jcb", "discover", "kredit(?:karte|card)~", "karte~", "carte", "tarjeta"),
    *("cart\u00e3o", "cartao", "carta", "kaart", "creditcard", "kart[ayu]?", "kort(?:et|ti)?", "kredi kart\u0131"),
    *("\u043a\u0430\u0440\u0442", "\u30ab\u30fc\u30c9", "\u5361", "\uce74\ub4dc", "\u0628\u0637\u0627\u0642"),
    *("\u05db\u05e8\u05d8\u05d9\u05e1", "\u03ba\u03ac\u03c1\u03c4\u03b1"),
)
_SSN_WORDS = (
    *("ssn", "social[ _\\-]?security", "soc\\.? ?sec", "seguro[ _\\-]social", "taxpayer", "tax[ _\\-]?id", "tin"),
)
# How many characters an IBAN of each country has (SWIFT's IBAN registry, ISO 13616).
_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "AX DK FI FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE GG IE IM JE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI BL DJ FR GF GP GR IT MC MF MQ MR NC PF PM RE SM TF WF YT",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_IBAN_PREFIX_CHARS = 4


def _ibans() -> str:
    return "|".join(
        rf"(?:{'|'.join(countries.split())})\d\d(?:[ \-]?[A-Z0-9]){{{length - _IBAN_PREFIX_CHARS}}}"
        for length, countries in _IBAN_COUNTRIES.items()
    )


OPTIONAL_TOKENS: dict[str, Written] = {
    "card-word": Words(_CARD_WORDS, ending="(?:n?nummer)?"),
    "ssn-word": Words(_SSN_WORDS),
    # At the beginning of a word, as in `user_ssn` and `userSsn`.
    "word-left": "(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))",
    # A word may go on with a capital, as `cardNumber` does, but `panel` is no `pan`.
    "no-more-letters": "(?![a-z])",
    # From a word to its number: neither another number nor another part of the sentence, nor an address, which would
    # stay behind the number. Links write `=` as `%3D`, and `@` as `%40`.
    "number-gap": r"(?:%(?:[0-35-7][0-9A-Fa-f]|4[1-9A-Fa-f])|[^\d\r\n,;%@]){0,20}",
    "iban": f"(?i:{_ibans()})",
    "iban-left": r"(?:(?<![A-Za-z0-9])(?<![0-9A-Fa-f]{4}-)|(?<=%[0-7][0-9A-Fa-f])|(?<=\\[nrt]))",
}

OPTIONAL_RULES = (
    Rule(
        name="payment card",
        kind="credit_card",
        begins=r"\d",
        pattern=(
            r"<left>(?:(?:2[1-7]|[3-6]\d)\d\d(?:[ \-]?\d{4}){3}|(?:3[47]\d{2}|2131|1800)[ \-]?\d{6}[ \-]?\d{5}"
            r"|3[0689]\d{2}[ \-]?\d{6}[ \-]?\d{4}|4\d{12}|[46]\d{3}(?:[ \-]?\d{4}){3}[ \-]?\d{3})<right>"
        ),
        hint=r"\b(?:[2-6]\d{3}|1800)[ \-]?\d{4}",
        matches=("paid «4111 1111 1111 1111»", "«5500-0000-0000-0004»", "«378282246310005»,", "«4222222222222»"),
        ignores=("4111 1111 1111 1112", "1700000000000", "1700000000000000", "id 41111111111111110"),
        accepts=has_luhn_check_digit,
    ),
    Rule(
        name="labelled payment card",
        kind="credit_card",
        begins=first_letters(_CARD_WORDS),
        pattern=(
            r"<word-left><card-word><no-more-letters><number-gap>"
            r"<left>((?:2[1-9]|[3-9]\d|18)(?:[ \-.+]?\d){10,17})<right>"
        ),
        hint=r"<card-word><number-gap>\d[ \-.+]?\d",
        matches=(
            "card «6304 0000 0000 0000»",
            "Kreditkarte: «2131 000000 00001»",
            "cardNumber=«4111.1111.1111.1111»",
            "\u5361\u53f7:«501800000009»",
        ),
        ignores=(
            "card 6304 0000 0000 0001",
            "discard 630400000000",
            "card id 17",
            "panel 6304 0000 0000 0000",
            "card at 20260402081106",
            "no card, order 6304 0000 0000 0000",
        ),
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
        matches=("user «078-05-1120»", "id=«667-12-3456»"),
        ignores=("000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "2024-01-15"),
    ),
    Rule(
        name="labelled US social security number",
        kind="us_ssn",
        begins=first_letters(_SSN_WORDS),
        pattern=(
            r"<word-left><ssn-word><no-more-letters><number-gap>(?<![\w.\-])"
            r"(\d{3}-\d\d-\d{4}|\d{3} \d\d \d{4}|\d{3}\.\d\d\.\d{4}|\d{9})<right>"
        ),
        hint=r"<ssn-word><number-gap>\d{3}[ \-.]?\d\d",
        matches=("ssn=«078051120»", "Social Security Number: «078 05 1120»", '"userSsn": "«078.05.1120»"'),
        ignores=(
            "ssn 000051120",
            "ssn=9000000000",
            "tint 078051120",
            "lesson 078051120",
            "ssn bob@example.com 078051120",
        ),
        accepts=may_be_given_out,
    ),
    Rule(
        name="IBAN",
        kind="iban",
        begins=r"[A-Za-z]",
        pattern=r"<iban-left><iban>(?!\w|-\w)",
        hint=r"[A-Za-z]{2}\d{2}[ \-]?[A-Za-z0-9]{4}[ \-]?[A-Za-z0-9]{4}",
        matches=(
            "to «DE89 3704 0044 0532 0130 00»",
            "iban=«GB82WEST12345698765432»",
            "«DE89 3704 0044 0532 0130 00» EUR",
            "«de89370400440532013000»",
        ),
        ignores=(
            "DE88 3704 0044 0532 0130 00",
            "AB12CD34EF56",
            "DE89370400440532013000A",
            "DE893704-0044-0532-0130-001a",
        ),
        accepts=has_iban_check_digits,
    ),
)
