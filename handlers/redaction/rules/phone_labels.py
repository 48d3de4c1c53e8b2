"""Phone numbers that go, and numbers that stay, because of the word before them.

After `phone=`, `tel.` and the like any seven to fifteen digits go, however grouped; after `call`, `dial`, `text` a
number goes that has ten digits or a dash. After `order`, `invoice`, `bytes=` and the like a number stays that would
otherwise go.
"""

from handlers.redaction.rules.rule import Rule

_ID_WORDS = r"order|invoice|sku|isbn|ticket|serial|tracking|shipment|parcel"
_WEAK_ID_WORDS = (
    r"part|model|batch|lot|item|product|ref|reference|issn|build|rev|revision|version|room|bug|issue|zip|pid|job|id"
    r"|bytes|lines?|rows?|ports?|pages?|pp|range|records?|offsets?|chars?|columns?"
)
_PHONE_WORDS = (
    r"telephone|phone|mobile|msisdn|whats[ _\-]?app|\btel|\bfax|\bcell|\bcellphone|\bph|telefon[oe]?|celular"
    r"|t[eé]l[eé]phone|\btél"
)
_CALL_WORDS = r"call(?:ed|ing|er)?|dial(?:ed|led|ing)?|sms|text(?:ed)?|contact|reach|ring|rang|voicemail"


def _first_of(*words: str) -> str:
    """Give the class of the letters that one of these words, with bars between, begins with.

    Bars in brackets add a letter or two: that costs a try, and hides nothing.
    """
    letters = {word.removeprefix(r"\b")[0] for word in "|".join(words).split("|")}
    return f"[{''.join(sorted(letters | {letter.upper() for letter in letters}))}]"


PHONE_LABEL_TOKENS = {
    "id-word": rf"(?i:{_ID_WORDS})",
    "weak-id-word": rf"(?i:{_WEAK_ID_WORDS})",
    "glue": r"(?i:[ _\-]?(?:numbers?|num|no|nr|id))?[\"'\\]{0,2}[ .:=#]{1,3}[\"'\\]{0,2}",
    "phone-word": rf"(?i:{_PHONE_WORDS})|电话|電話|手机|手機|携帯|전화|тел|телефон",
    "number-word": r"(?i:[ _\-]?(?:numbers?|num|no|nr))?\.?",
    "phone-glue": r"(?:\\?[\"'])?[ \t]?(?::|=>|->|=|%3[AaDd]|is)?[ \t]?(?:\\?[\"'])?",
    "call-word": (
        rf"\b(?i:{_CALL_WORDS})"
        r"(?i: (?:us|me|him|her|them))?(?i: (?:at|on|to|from))?[:=]?[ ]"
    ),
    "three-three-four": r"(?:\+?1[ .\-]?)?\(?\d{3}\)?[ .\-]{0,2}\d{3}[ .\-]?\d{4}",
    "date-or-ip": r"(?:\d{4}-\d\d-\d\d|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})",
}

PHONE_LABEL_RULES = (
    Rule(
        name="id of three, three and four digits",
        kind=None,
        begins=_first_of(_ID_WORDS),
        pattern=r"\b<id-word><glue>\d{3}-\d{3}-\d{4}\b",
        hint=r"\b<id-word><glue>\d{3}-\d{3}-\d",
        matches=("«order 123-456-7890» shipped", '{"«invoice_no":"415-555-2671»"}'),
        ignores=("call 123-456-7890", "border 123-456-7890"),
    ),
    Rule(
        name="id or range of three and four digits",
        kind=None,
        begins=_first_of(_ID_WORDS, _WEAK_ID_WORDS),
        pattern=r"\b(?:<id-word>|<weak-id-word>)<glue>[2-9]\d\d-\d{4}\b",
        hint=r"\b(?:<id-word>|<weak-id-word>)<glue>\d{3}-\d{4}",
        matches=("«order 555-0199»", "Range: «bytes=200-1023»", "«lines 250-1000» of", '"«order_id": "555-0199»"'),
        ignores=("tell 555-0199", "call from 555-0199", "in case 555-0199 is busy"),
    ),
    Rule(
        name="date or address after a phone word",
        kind=None,
        begins=_first_of(_PHONE_WORDS, _CALL_WORDS) + r"|[^\x00-\x7f]",
        pattern=r"(?:<phone-word><number-word>|<call-word>)<no-word><phone-glue><date-or-ip>\b",
        matches=("«phone 192.168.1.20» registered", "«mobile: 2024-01-15»", "«tel=10.0.0.123»"),
        ignores=("phone 415-555-2671",),
    ),
    Rule(
        name="labelled number",
        kind="phone",
        begins=_first_of(_PHONE_WORDS) + r"|[^\x00-\x7f]",
        pattern=(
            r"(?:<phone-word>)<number-word><no-word><phone-glue>"
            r"((?:<three-three-four>|\d{3}[ \-]\d{4}|\+?\d{7,15}|(?:\+|00 ?)(?:<planned>)"
            r"|[+\(]{0,2}\d(?:(?:[ \-/\(\)]{1,2}<no-date>)?\d){6,14})<extension>)"
        ),
        hint=r"(?:<phone-word>)<number-word>[^\w\n]{1,6}(?:is )?[^\w\n]{0,3}\d[\d .\-()]*",
        matches=(
            "phone=«4155552671»",
            "Phone number: «415 555 2671»",
            '{"phone": "«4155552671»"}',
            '{"user_phone":"«07700900123»"}',
            r"{\"mobileNumber\":\"«9876543210»\"}",
            "tel.: «030 1234567»",
            "tel:«5550199»",
            "msisdn=«919876543210» status=1",
            "fax «555 0199»",
            "phone %3D«4155552671»",
            "手机:«13812345678»",
            "电话\uff1a«010-12345678»",
            "phone: «98765 43210»",
            "phone: «(02) 9374 4000»",
            "phone: «415-555-2671 ext. 12» now",
            "tel:«+14155552671»",
            "tel:«+14155552671;ext=22»",
            "phone: «+44 20 7946 0958» 200",
        ),
        ignores=(
            "hotel 12345678",
            "phones=12345678",
            "phone_id=12345678",
            "phone_verified_at=1700000000",
            "cell 12",
            "phone: null",
            "phone1234567",
            "iphone 5 2024-01-15 10:00",
        ),
    ),
    Rule(
        name="number to call",
        kind="phone",
        begins=_first_of(_CALL_WORDS),
        pattern=(
            r"<call-word>((?:(?:1[ .\-])?(?:\(\d{3}\) ?|\d{3}[ .\-])\d{3}[ .\-]\d{4}"
            r"|[2-9]\d\d[2-9]\d{6}|\d{3}-\d{4})<extension>)"
        ),
        hint=r"<call-word>[^\w\n+]{0,4}\d[\d .\-()]*",
        matches=(
            "call «123 456 7890»",
            "texted her at «4155552671»",
            "Call us on «415 555 2671 x5»",
            "dial «123-4567»",
        ),
        ignores=("call 1700000000", "recall 123 456 7890", "call 12345678901234"),
    ),
)
