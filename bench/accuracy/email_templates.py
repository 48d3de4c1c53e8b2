"""E-mail addresses as people and programs write them, and the sentences they stand in."""

EMAIL_CONTEXTS = (
    "{year}-{month}-{day} {hour}:{minute}:41,123 ERROR password reset failed for VALUE after {three} ms",
    "VALUE",
    "bounce: VALUE (550 no such user)",
    "user VALUE logged in from {octet}.{octet}.{octet}.{octet}",
    "cc VALUE; see ticket {99999}",
    "Invoice {999999} was sent to VALUE.",
    "[{hour}:{minute}] <{first}> ask VALUE",
    "owner=VALUE state=active",
)

EMAIL_FORMATS: dict[str, tuple[str, ...]] = {
    "plain": ("«{first}@{word}.{top}»", "«{first}.{last}@{word}.{top}»", "«{first}{two}@{word}.com»"),
    "plus-tag": ("«{first}+{word}@{word}.{top}»", "«{first}.{last}+{word}-{year}@{word}.com»"),
    "subdomains": ("«{first}@mail.eu-west.{word}.{top}»", "«{first}@a.b.c.{word}.org»"),
    "dots and dashes": ("«{first}-{last}@{word}-{word}.{top}»", "«{first}_{last}.{two}@{word}.{top}»"),
    "apostrophe": ("«{first}.o'{last}@{word}.com»", "«o'{last}@{word}.ie»"),
    "capitals": ("«{first}.SMITH@{word}.COM»", "«INFO@{word}.ORG»"),
    "mailto:": ("‹mailto:›«{first}@{word}.{top}»", '<a href="‹mailto:›«{first}@{word}.com»?subject=hi">'),
    "in brackets": ("<«{first}@{word}.{top}»>", "({first} {last}, «{first}@{word}.com»)", "[«{first}@{word}.com»]"),
    "in quotes": ('"«{first}@{word}.{top}»"', "'«{first}@{word}.com»'", "`«{first}@{word}.com»`"),
    "%40": ("«{first}%40{word}.{top}»", "/reset?email=«{first}.{last}%40{word}.com»&x={small}"),
    "query string": ("/login?user=«{first}@{word}.com»&next=%2F", "email=«{first}@{word}.{top}»"),
    "JSON": ('{"email":"«{first}@{word}.{top}»","id":{9999}}', '{\\"from\\":\\"«{first}@{word}.com»\\"}'),
    "header": ('From: "{first} {last}" <«{first}@{word}.com»>', "Reply-To: «{first}@{word}.{top}»"),
    "list": ("«{first}@{word}.com»,«{last}@{word}.org»", "«{first}@{word}.com»; «{last}@{word}.{top}»"),
    "digits": ("«{99999}@{word}.com»", "«{first}{year}@{two}{word}.com»"),
    "international domain": (
        "«{first}@b\u00fccher.de»",
        "«{first}@xn--bcher-kva.example»",
        "«{first}@caf\u00e9-{word}.fr»",
    ),
    "international name": (
        "«j\u00fcrgen.{last}@{word}.de»",
        "«\u0438\u0432\u0430\u043d@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444»",
    ),
    "new top-level domains": ("«{first}@{word}.photography»", "«{first}@{word}.technology»", "«{first}@{word}.app»"),
    "end of a sentence": ("Write to «{first}@{word}.com».", "Is it «{first}@{word}.org»?", "«{first}@{word}.com»!"),
    "stack trace": ("ValueError: «{first}@{word}.com» is taken", "raise Duplicate('«{first}@{word}.com»')"),
    "SQL": ("WHERE email = '«{first}@{word}.com»' LIMIT 1", "Key (email)=(«{first}@{word}.{top}») already exists."),
    "kubernetes and audit": (
        'user="«{first}@{word}.com»" verb=get',
        "principalEmail: «sa-{two}@{word}.iam.gserviceaccount.com»",
    ),
    # What no rule of ours takes.
    "spelled out": ("«{first} at {word} dot com»", "«{first}[at]{word}.org»"),
}
