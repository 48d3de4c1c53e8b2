"""The words that name a phone number, in many languages, and those that ask somebody to call one.

A word that is short, or means other things too, counts only where it begins a word; the others may also end a longer
one (`userPhone`, `Diensttelefon`). Words that are inflected are given by their stem, with a tilde.
"""

from handlers.redaction.rules.words import BeyondAscii, Words, Written

_OPEN = (
    *(
        "telephone",
        "phone",
        "mobile",
        "msisdn",
        "whats?[ _\\-]?app",
        "handphone",
        "cellphone",
        "cell phone",
        "landline",
    ),
    *("telefon~", "teléfono~", "téléphone", "telephone", "telefax", "telefone", "telefoon~"),
    *("mobilnummer", "mobilnr", "mobiltelefon~", "handynummer", "rufnummer", "mobiel~", "celular~", "cellulare"),
    *("telemóvel", "mobitel", "matkapuhelin~", "puhelin~", "telepon", "telepono", "điện thoại", "di động"),
    *("телефон~", "мобильн~", "сотов~", "мобилен", "мобільн~", "τηλέφωνο~", "τηλ", "κινητό", "κινητο"),
    *("هاتف", "الهاتف", "جوال", "الجوال", "موبايل", "تلفون", "تلفن", "موبایل", "همراه", "شماره تماس"),
    *("טלפון", "נייד", "פלאפון", "फ़ोन", "फोन", "मोबाइल", "टेलीफोन", "दूरभाष", "ফোন", "মোবাইল", "தொலைபேசி", "கைபேசி"),
    *(
        "โทรศัพท์",
        "มือถือ",
        "เบอร์โทร",
        "โทร",
        "电话",
        "電話",
        "手机",
        "手機",
        "传真",
        "傳真",
        "热线",
        "致电",
        "拨打",
        "座机",
    ),
    *(
        "电话号码",
        "手机号",
        "手机号码",
        "電話番号",
        "携帯",
        "携帯番号",
        "携帯電話",
        "ファックス",
        "ファクス",
        "聯絡電話",
    ),
    *(
        "전화",
        "전화번호",
        "휴대폰",
        "휴대전화",
        "핸드폰",
        "연락처",
        "팩스",
        "ტელეფონი",
        "ტელ",
        "հեռախոս",
        "հեռ",
        "tālrunis",
        "tālr",
    ),
    *(
        "contact (?:number|no|nr)",
        "caller[ _\\-]?id",
        "calling[ _\\-]?number",
        "called[ _\\-]?number",
        "hotline",
        "helpline",
    ),
)
_WHOLE = (
    *(
        "tel",
        "tél",
        "telf",
        "tlf",
        "tfno",
        "tfn",
        "tlfn",
        "telp",
        "cell",
        "cel",
        "ph",
        "fax",
        "handy",
        "mobil",
        "móvil",
    ),
    *(
        "movil",
        "mobiil",
        "mobilais",
        "mob",
        "gsm",
        "puh",
        "portable",
        "fixe",
        "festnetz",
        "fon",
        "fono",
        "cep",
        "cep tel",
    ),
    *("telfax", "kom", "komórka", "sđt", "đt", "hp", "тел", "моб", "факс", "tel\\.? ?(?:nr|no)", "tel\\.? ?numarası"),
    *(
        "handphone",
        "simu",
        "sími",
        "sel",
        "ffôn",
        "guthán",
        "telèfon",
        "mòbil",
        "landline",
        "viber",
        "voicemail",
        "pager",
    ),
)
# After these only what looks much like a number goes.
CALL_WORDS = (
    *(
        "call(?:ed|ing|er)?",
        "dial(?:ed|led|ing)?",
        "sms",
        "text(?:ed)?",
        "contact",
        "reach(?:ed|able)?",
        "ring",
        "rang",
    ),
    *(
        "voicemail",
        "appele[zr](?:-moi|-nous)?",
        "joindre",
        "joignable",
        "llam[ae](?:me|r|nos)?",
        "llám[ae](?:me|r|nos)?",
        "ligue",
        "ligar",
    ),
    *(
        "chiama(?:re|mi)?",
        "erreichbar",
        "rückruf",
        "anrufen",
        "bel",
        "zadzwoń",
        "zavolejte",
        "volejte",
        "soita",
        "ringa",
    ),
    *("позвоните", "звоните", "звонить", "перезвоните", "телефонуйте", "hubungi", "gọi", "liên hệ", "arayın"),
)
CALL_PREPOSITIONS = (
    *("at", "on", "to", "from", "under", "unter", "via", "au", "aux", "sur", "al", "a", "el", "no", "para"),
    *("pelo", "op", "på", "pod", "na", "по", "на", "numerem", "ở", "số", "der Nummer", "le", "il"),
)
POSSESSIVES = (
    *("my", "your", "his", "her", "their", "our", "meine", "deine", "ihre", "unsere", "mon", "votre", "mi", "su", "tu"),
    *("minha", "meu", "seu", "sua", "mio", "mijn", "min", "mój"),
)
# What somebody has: `my new number is`.
OWN_NUMBERS = ("number", "numbers", "nummer", "numéro", "numero", "número", "numer", "nr")
# What may stand right after a phone word: `Phone number`, `téléphone no`, `电话号码`.
NUMBER_NAMES = (
    *("numbers?", "nummer", "num", "no", "nr", "número", "numero", "numéro", "numarası"),
    *("号码", "號碼", "番号", "번호"),
)
# Behind a number, these say what it is.
AFTER_WORDS = (
    *("mobile", "cell", "cellphone", "fax", "telefax", "office", "handy", "landline", "móvil", "celular", "portable"),
    *("mobil", "tel", "phone", "direct line", "whatsapp"),
)
# What a stem may go on with.
_ENDING = "[A-Za-z<accented>]{0,12}"
PHONE_WORDS = (*_OPEN, *_WHOLE)

WORD_TOKENS: dict[str, Written] = {
    "accented": BeyondAscii("à-ÿűőа-яёіїά-ώ"),
    # Every word that names a phone number.
    "phone-word": "<open-phone-word>|(?<![A-Za-z])<whole-phone-word>",
    "open-phone-word": Words(_OPEN, ending=_ENDING),
    "whole-phone-word": Words(_WHOLE, ending=_ENDING),
    # The same for the finder, with what may stand up to the number; it cannot look back, and needs no endings.
    "phone-word-hint": (
        r"(?:<open-phone-stem>[^\d\n\r@]{0,40}<hint-break>?|(?:^|[^A-Za-z])<whole-phone-stem>(?:e?s)?"
        r"(?:[ _]?(?i:nr|no|num|numbers?|nummer))?(?:[ _]?\d)?(?:<hint-glue>{0,24}<hint-break>|<hint-glue>{1,24}"
        r"(?:(?i:tel|fax|mob|mobile|cell|home|work|office)[.:)] ?[(+]{0,3})?))"
    ),
    "hint-glue": r"(?:[^\w\n\r]|\\[nrt]|[(\[][A-Za-z /.\-]{1,20}[)\]])",
    "hint-break": r"(?::[ \t]{0,8}\r?\n[ \t]{0,24}[ \"'`*+(\[{<\\]{0,6})",
    "open-phone-stem": Words(_OPEN),
    "whole-phone-stem": Words(_WHOLE),
    "own-number": r"<possessive> (?:(?i:new|own|direct|work|home|neue) )?<own-number-name>",
    "possessive": Words(POSSESSIVES),
    "own-number-name": Words(OWN_NUMBERS),
}
