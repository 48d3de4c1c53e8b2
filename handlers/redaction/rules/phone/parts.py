"""Building blocks of the rules for phone numbers: digits, gaps, and where a number begins and ends."""

from handlers.redaction.rules.phone.words import AFTER_WORDS
from handlers.redaction.rules.rule import encoded
from handlers.redaction.rules.words import Words, Written

# Digits of national numbers without the trunk 0, by country calling code (ITU-T E.164 national numbering plans). Of a
# range, a number takes the most digits that end where a group of digits ends.
_CODES_BY_NATIONAL_DIGITS = {
    "10": "1 52 57 58 7 90 91",
    "9": (
        "211 212 218 221 240 242 244 245 249 251 254 255 256 260 261 262 33 34 351 355 372 375 376 378 380 "
        "41 420 421 48 590 594 596 93 94 966 970 971 977 992 993 994 995 996 998"
    ),
    "9,10": "252 265 267 27 31 353 40 44 51 56 593 61 64 66 81 84 964 98",
    "4,5": "247 290 500 672 676 677 678 682 683 685 686 688 690",
    "6,7": "298 299 508 597 675 681 687",
    "7": "238 239 246 248 269 291 297 592 670 673 674 679 680 691 692",
    "7,8": "220 231 232 241 253 268 501 507 599 960 965 975",
    "8": (
        "216 222 223 226 227 228 235 236 257 266 350 356 357 370 371 373 374 377 389 423 45 47 502 503 504 "
        "505 506 509 65 852 853 973 974 993"
    ),
    "8,9": (
        "213 224 233 237 250 258 263 264 32 36 381 382 383 385 386 387 591 595 855 856 880 886 961 962 963 "
        "967 968 972 976"
    ),
    "8,10": "20 225 229 234 243 30 354 60 62 63 82 92 95",
    "7,9": "359 46",
    "10,11": "54 55 86",
    "6,11": "352 358 39 49 53",
    "5,13": "43",
}
_ANY_CODE = tuple(" ".join(_CODES_BY_NATIONAL_DIGITS.values()).split())


def _name_of_codes(digits: str) -> str:
    return f"codes-before-{digits.replace(',', '-')}"


def _planned(after_code: str) -> str:
    return "|".join(
        rf"<{_name_of_codes(digits)}>{after_code}(?:[ .\-/]{{0,2}}\(0\))?<digit>{{{digits}}}"
        for digits in _CODES_BY_NATIONAL_DIGITS
    )


_EXTENSION_WORDS = (
    *("x", "extn?", "extension", "#", "poste", "durchwahl", "ramal", "anexo", "interno", "toestel", "доб", "вн"),
    *("内线", "內線", "内線"),
)
_UNITS = (
    *(
        "ns",
        "µs",
        "ms",
        "sec",
        "seconds?",
        "minutes?",
        "kb",
        "mb",
        "gb",
        "kib",
        "mib",
        "gib",
        "bytes",
        "px",
        "hz",
        "khz",
    ),
    *("mhz", "ghz", "rpm", "rps", "kg", "km"),
)
# A number is whole without these: behind it, they are words of a sentence, or a country.
_WEAK_UNITS = ("us", "items", "rows", "lines", "records", "users", "requests", "events", "msgs", "messages", "times")

_DASHES = "-\u2010\u2011\u2012\u2013"

PHONE_TOKENS: dict[str, Written] = {
    **{_name_of_codes(digits): Words(tuple(codes.split())) for digits, codes in _CODES_BY_NATIONAL_DIGITS.items()},
    "planned": rf"(?:{_planned('')})<whole>",
    "planned-after-gap": rf"(?:{_planned(r'[ -]')})<whole>",
    "any-code": Words(_ANY_CODE),
    # Where a number ends: no digit, letter or group of digits that belongs to it follows.
    "whole": r"(?![\w@]|[.\-/]\d|<some-unseen>(?!<seven-digits>)\d| <strong-unit>(?![\w@]))",
    # Too many to belong to the number before them.
    "seven-digits": r"(?:\d[ .\-/()\x1f]{0,2}){7}",
    # The same after a number whose digits stand in groups with spaces between, of which the country tells no length.
    "whole-run": r"<whole>(?![ ](?:[ ](?!<seven-digits>))?<no-other><no-amount><no-area-code>\(?\d)",
    "number-left": r"(?:[+(]|<left>)",
    "strict-number-left": r"(?:[+(]|<strict-left>)",
    "no-other": r"(?!\d{4}-\d\d-\d\d|\d\d?:[\d+(]|\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d\b|<ipv4>)",
    # Another number: `(0212) 345 67 89`, `8 (912) 345-67-89`.
    "no-area-code": r"(?!(?:\d{1,2}[ .\-]?)?\(\d{2,5}\)[ \-]?\d)",
    "no-amount": r"(?!\d{1,6}+(?:\.\d{1,3})?+ ?(?=[A-Za-z\xb5])<unit>(?![\w@]))",
    "ipv4": r"(?:(?:[1-9]\d{0,2}|0)\.){3}(?:[1-9]\d{0,2}|0)(?![.\d])",
    "plus-left": r"(?<![\w+)\]])(?!(?<=\d )\+\d{4}\b)",
    "unseen": r"\x1f{0,16}+",
    "some-unseen": r"\x1f{1,16}+",
    # Three and four digits, with what nobody sees between.
    "three": r"\d<unseen>\d<unseen>\d",
    "four": r"\d<unseen>\d<unseen>\d<unseen>\d",
    "hint-three": r"\d\x1f*\d\x1f*\d",
    "hint-four": r"\d\x1f*\d\x1f*\d\x1f*\d",
    "gap": r"(?:[ ]{1,2}<no-other>|[.\-/]| - |[ .\-]?\(|\)[ .\-/]?|[ .\-]?<odd-gap>{1,2}[ .\-]?)",
    # A form sends its spaces as plus signs.
    "form-number": r"\d{1,4}(?:\+\d{2,4}){2,4}(?!\+?\d)<whole>",
    "odd-gap": r"(?:<some-unseen>|<odd-space>)",
    # A space, a dot or a dash as links, web pages, JSON and raw mail write it; short, because it stands in every gap.
    "odd-space": r"(?:%(?:25)?(?:20|C2%A0|2[DdEe])|\\u[02]0[0-2aA][0-9A-Ea-e]|&#?\w{2,6};|=2[0DE])",
    "hyphen": rf"(?:-|{encoded(_DASHES)})",
    "plus": rf"(?:\+|{encoded('+', in_mail=False)}|(?<!\w)=2B)",
    "hint-plus": rf"(?:\+|{encoded('+')})",
    "open": rf"(?:\(|{encoded('(')})",
    "close": rf"(?:\)|{encoded(')')})",
    # The next digit of a number, with what may part it from the one before.
    "digit": r"(?>\d|<gap>\d)",
    "no-dump-before": r"(?:(?<=:\d\d )|(?<!\d[0-9A-Fa-f][ .]))(?<![0-9A-Fa-f]{4} )(?<![0-9A-Fa-f]{8}: )",
    "no-dump-after": r"(?![ .](?:[0-9A-Fa-f]{2}){1,2}\b(?!:))",
    "dash": r"<unseen>(?: - |[.\-]|<odd-space>)<unseen>",
    "hint-digits": r"\d(?:[\d .\-()/\x1f]|<odd-space>)*\d",
    "hint-dash": r"(?:\x1f*[ .\-/][ .\-/\x1f]*|<odd-space>)",
    "extension": r"(?:<extension-digits>|<right>)",
    "extension-word": Words(_EXTENSION_WORDS),
    "extension-digits": r"[ ,;]{0,2}<extension-word>[ .:=]{0,2}\d{1,6}<no-word>",
    # No other group of digits before it: otherwise only the end of a longer number would match.
    "after-no-groups": "".join(rf"(?<!\d \d{{{n}}} )" for n in (1, 2, 3, 4)),
    # A number before it. An hour or the end of a date does not count.
    "after-no-number": r"(?:(?<![\d)] )|(?<=[:,]\d\d )|(?<=-\d\d )|(?<=[.,]\d{3} ))(?<!\))",
    # The same as links, web pages and JSON write the space.
    "after-no-odd-space": r"(?<![\d)]%20)(?<!%29%20)(?<!%29)(?<![\d)]\\u00[aA]0)(?<![\d)]&nbsp;)(?<![\d)]=20)"
    r"(?<![\d)]%2[DdEe])(?<![\d)]=2[DE])(?<![\d)]&#(?:32|4[56]);)(?<![\d)]\\u002[0DdEe])",
    "standard": "IEEE|ISO|IEC|ANSI|ECMA|ITU|NIST|FIPS|JIS|DIN|ASTM|SAE|CCITT|NFPA|CNS|KS",
    "after-no-month": r"(?<!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) )",
    "unit": Words((*_UNITS, *_WEAK_UNITS)),
    "strong-unit": Words(_UNITS),
    "after-word": Words(AFTER_WORDS),
    "hint-after": r"(?:[ ,]{1,2}[(\[]?<after-word>)",
}
