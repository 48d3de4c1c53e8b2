"""Phone numbers that go, and numbers that stay, because of the word before them.

After `phone=`, `Tel.:`, `電話` and the like any seven to fifteen digits go, however grouped, but no date and no IP
address; after `call`, `text HELP to`, `my number is` a number goes unless it looks like an id or an epoch. After
`order`, `invoice`, `bytes=` and the like a number stays that would otherwise go.
"""

from handlers.redaction.rules.phone.words import (
    CALL_PREPOSITIONS,
    CALL_WORDS,
    NUMBER_NAMES,
    PHONE_WORDS,
    POSSESSIVES,
    WORD_TOKENS,
)
from handlers.redaction.rules.rule import Rule, encoded
from handlers.redaction.rules.words import Words, Written, first_letters

_ID_WORDS = ("order", "invoice", "sku", "isbn", "ticket", "serial", "tracking", "shipment", "parcel")
_WEAK_ID_WORDS = (
    *(
        "part",
        "model",
        "batch",
        "lot",
        "item",
        "product",
        "ref",
        "reference",
        "issn",
        "build",
        "rev",
        "revision",
        "version",
    ),
    *("room", "bug", "issue", "zip", "pid", "job", "id", "bytes", "lines?", "rows?", "ports?", "pages?", "pp", "range"),
    *("records?", "offsets?", "chars?", "columns?"),
)

_LINKS = ("wa\\.me/", "callto:", "sms:", "smsto:", "facetime:")

PHONE_LABEL_TOKENS: dict[str, Written] = {
    **WORD_TOKENS,
    "any-label": Words((*_ID_WORDS, *_WEAK_ID_WORDS, *PHONE_WORDS, *CALL_WORDS, *POSSESSIVES, *_LINKS)),
    "id-word": Words(_ID_WORDS),
    "any-id-word": Words((*_ID_WORDS, *_WEAK_ID_WORDS)),
    "link": Words(_LINKS),
    "glue": r"(?i:[ _\-]?(?:numbers?|num|no|nr|id))?[\"'\\]{0,2}[ .:=#]{1,3}[\"'\\]{0,2}",
    "call-word": Words(CALL_WORDS),
    "call-preposition": Words(CALL_PREPOSITIONS),
    "number-word": r"(?:[ _\-]?<number-name>|[sS]?[ _][nN]umbers)?(?:[ _]?\d(?=[:=#\"'\\]))?\.?",
    "number-name": Words(NUMBER_NAMES),
    "quote": r"(?:\\?[\"'`*])",
    "odd-colon": f"(?:{encoded(':=')})",
    # What may stand between the word and the number: `Phone (home): `, `"phone": ["`, `<phone type="x">`, `Tel/Fax: `.
    # First as most labels are written.
    "phone-glue": (r"(?:\\?\"?[:=] ?\\?\"?(?=[+(\d])|<odd-glue>)"),
    "odd-glue": (
        r"<quote>{0,2}(?: ?[(\[][A-Za-z /.\-]{1,20}[)\]])?(?:[ /&]{1,3}(?i:fax|whatsapp|mobile|tel))?"
        r"(?: [\w:.\-]{1,20}=\\?[\"'][^\"'<>@\[\n\r]{0,30}\\?[\"']){0,3}"
        r"(?:[ \t.]|\\[nrt]){0,24}(?:<odd-colon>|:|=>|->|=|>|\||#|,|-|is|was|ist|est|es|é|è|\uff1a)?<label-break>"
        r"(?:[ \t]|\\[nrt]|%20){0,24}"
        r"(?:<quote>|[\[({<]){0,4}(?<!\()[ ]?(?i:(?:tel|fax|mob|mobile|cell|home|work|office)[.:)] ?)?"
    ),
    # Behind its colon a label may end a line. What begins the next one is no number if it may be the time of a log.
    "label-break": r"(?:(?<=:)[ \t]{0,8}\r?\n(?![ \t]{0,8}(?:1[5-9]\d{8}|(?:19|20)\d{6}(?!\d)))|)",
    # `phones:`, `telefones=[`: more words may end so than name phones, so not before plain digits without quotes or
    # brackets that may be anything.
    "plural": r"(?:e?s|n|i)\\?[\"']? ?(?=(?:[:=]|=>)<label-break> ?(?:\\?[\"'\[({]|<no-field>[+(\d]))",
    "no-field": r"(?!\d{7,9}(?![\d \-./()])|1[5-9]\d{8}(?!\d)|\d{12})",
    # The other numbers of a list after a label, each behind `, `, ` / ` or `", "`, written shorter than one alone.
    "and-others": r"(?:(?:<and>(?><no-other><shorter-number>)(?![\w@])){1,6}<whole-run>)?",
    "shorter-number": r"(?:\+?\d{7,15}(?=/)|[+(]{0,2}\d(?:(?: (?!\d\d?:)|[.\-/]|\) ?|[ .\-]?\()?\d){6,14})",
    "and": (
        r"(?:\\?[\"'] ?[,;/|] ?\\?[\"']| ?(?:, ?<no-field>|[/|&;、] ?(?!1[5-9]\d{8}(?!\d)))"
        r"| (?i:or|and|und|oder|et|ou|y|o|e|en|of|и|или) )"
    ),
    "number": (
        r"(?:<before-slash>|<long-number>|<no-other>\d\d[ .\-]\d\d[ .\-]\d\d<whole-run>(?:<extension-digits>|<whole>))"
    ),
    # With a slash between, two numbers of plain digits would look like one that is too long.
    "before-slash": r"<no-other>\+?\d{7,15}(?=/\+?\d{7,15}(?!\w))",
    # Tried first as most numbers are written, then as the country says, then anything of seven digits.
    "long-number": (
        r"<no-other>(?:<three-three-four>(?:<extension-digits>|<whole>)|(?:(?:[+(]{1,2}|00 ?|011 )[ ]?\(?(?:<planned>)"
        r"|(?:%2[Bb])?<form-number>|\(?\+?\(?\d<digit>{6,14}<whole-run>)(?:<extension-digits>|<whole>))"
    ),
    # As above, but not seven plain digits or an epoch: behind a word that does not always mean a phone.
    "likely-number": r"<no-field><long-number>",
    "three-three-four": r"(?:\+?1[ .\-]?)?\(?[1-9]\d\d\)?[ .\-]{0,2}\d{3}[ .\-]?\d{4}",
    "date-or-ip": r"(?:\d{4}-\d\d-\d\d|<ipv4>)",
}

PHONE_LABEL_RULES = (
    Rule(
        name="id of three, three and four digits",
        kind=None,
        begins=first_letters(_ID_WORDS),
        leads="<any-label>",
        pattern=r"\b<id-word><glue>\d{3}-\d{3}-\d{4}\b",
        hint=r"\b<id-word><glue>\d{3}-\d{3}-\d",
        matches=("«order 123-456-7890» shipped", '{"«invoice_no":"415-555-2671»"}'),
        ignores=("call 123-456-7890", "border 123-456-7890"),
    ),
    Rule(
        name="id or range of three and four digits",
        kind=None,
        begins=first_letters((*_ID_WORDS, *_WEAK_ID_WORDS)),
        leads="<any-label>",
        pattern=r"\b<any-id-word><glue>[2-9]\d\d-\d{4}\b",
        hint=r"\b<any-id-word><glue>\d{3}-\d{4}",
        matches=("«order 555-0199»", "Range: «bytes=200-1023»", "«lines 250-1000» of", '"«order_id": "555-0199»"'),
        ignores=("tell 555-0199", "call from 555-0199", "in case 555-0199 is busy"),
    ),
    Rule(
        name="labelled number",
        kind="phone",
        begins=first_letters(PHONE_WORDS),
        leads="<any-label>",
        pattern=(
            r"(?:<phone-word>)(?:<plural>|<number-word>(?!(?<=[A-Za-z_\d])\w))<phone-glue>"
            r"(<number><and-others>)"
        ),
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
            "phone: «(088) 747 0347 74»",
            "phone: «+359(0)281232 654»",
            "phone: «415-555-2671 ext. 12» now",
            "tel:«+14155552671»",
            "tel:«+14155552671;ext=22»",
            "phone: «+44 20 7946 0958» 200",
            "phone: «020 7946 0958»",
            "Tel: «06.12.34.56.78»",
            "Phone (home): «415 555 2671»",
            "Tel (home): «467 3395»",
            "Phone:      «467 3395»",
            'phone_numbers=["«4155552671»"]',
            "<phone>«4155552671»</phone>",
            '<phone type="home">«4155552671»</phone>',
            '{"phone": «4155552671»}',
            "phone: «12 34 56»",
            "Telefonnummer «0171 1234567»",
            "Handy: «0171 1234567»",
            "téléphone : «01 23 45 67 89»",
            "teléfono: «612 345 678»",
            "Tlf. «22 33 44 55»",
            "Телефон: «8 912 345-67-89»",
            "電話: «03-1234-5678»",
            "τηλέφωνο: «210 1234567»",
            "phone: «415\u00b7555\u00b72671»",
            "phone: «415%20555%202671»",
            "phone: «415 555 2671» 15:04:05",
            "phone=«415+555+2671»&x=1",
            "phone=«%2B1+415+555+2671»",
            "phone&#58; «4155552671»",
            "phone=3D«4155552671»",
            "Phone:\n«467 3395»",
            "Phone (home):\r\n  «467 3395»",
            "phones: [«415 555 2671, 467 3395»]",
            '"phones": ["«467 3395", "467 3396»"]',
            "tel: «467 3395 / 467 3396»",
            "phone numbers: «467 3395, 467 3396 and 467 3397»",
            "telefones: «467 3395; 467 3396»",
            "Rufnummern: «030 1234567 / 8901234» 12:00:00",
            "phones=«4155552671»",
            "mobile: «9876543210/9876543211/9876543212»",
            "电话\uff1a«12345678、12345679»",
            "phone: «467 3395», 12345678",
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
            "Phone\n467 3395",
            "Phone:\n\n467 3395",
            "no phone:\n1700000000 up",
            "no phone:\n20240115 10:30:00",
        ),
    ),
    Rule(
        name="number in a link",
        kind="phone",
        begins=r"[CcFfSsWw]",
        leads="<any-label>",
        pattern=r"(?<![\w.\-])<link>(?://)?(\+?\d[\d\-]{6,17}+<whole-run>)",
        hint=r"<link>(?://)?\+?\d",
        matches=("https://wa.me/«14155552671»", "<a href='sms:«+14155552671»'>", "callto://«4155552671»?x=1"),
        ignores=("https://wa.me/qr/14155552671", "sms:12345", "xwa.me/14155552671"),
    ),
    Rule(
        name="number to call",
        kind="phone",
        begins=first_letters((*CALL_WORDS, *POSSESSIVES)),
        leads="<any-label>",
        pattern=(
            r"(?<![A-Za-z])(?:<call-word>(?:(?: [A-Za-z][\w'.\-]{0,15}){0,4} <call-preposition>:?"
            r"|(?i: (?:us|me|him|her|them))?[:=]?) ?"
            r"|<own-number>(?: (?i:is|ist|est|es|é|è|now|at))?:?) (<likely-number>)"
        ),
        hint=(
            r"(?:^|[^A-Za-z])<call-word>(?: [A-Za-z][\w'.\-]{0,15}){0,4}[^\w\n\r]{1,4}[+(]{0,2}<hint-digits>"
            r"|<own-number>[^\d\n\r]{0,8}<hint-digits>"
        ),
        matches=(
            "call «123 456 7890»",
            "texted her at «4155552671»",
            "Call us on «415 555 2671 x5»",
            "dial «123-4567»",
            "call me at «4155552671»",
            "reach Jane Doe at «020 7946 0958»",
            "text HELP to «07700 900123»",
            "appelez le «01 23 45 67 89»",
            "erreichbar unter «030 1234567»",
            "my number is «415 555 2671»",
            "your new number is «4155552671»",
            "meine Nummer ist «0171 1234567»",
        ),
        ignores=(
            "call 1700000000",
            "recall 123 456 7890",
            "call 12345678901234",
            "call at 2024-01-15 10:30:00",
            "order number is 4155552671",
            "my number is 12",
        ),
    ),
    Rule(
        name="date or address after a phone word",
        kind=None,
        begins=first_letters((*PHONE_WORDS, *CALL_WORDS)),
        leads="<any-label>",
        pattern=(
            r"(?:(?:<phone-word>)<number-word><no-word><phone-glue>"
            r"|(?<![A-Za-z])<call-word>(?: <call-preposition>)?[:=]? ?)<date-or-ip>\b"
        ),
        hint=r"<phone-word-hint>\d(?:[\d .\-()]*\d)?",
        matches=("«phone 192.168.1.20» registered", "«mobile: 2024-01-15»", "«tel=10.0.0.123»"),
        ignores=("phone 415-555-2671", "Tel: 06.12.34.56.78"),
    ),
)
