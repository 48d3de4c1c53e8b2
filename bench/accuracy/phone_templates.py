"""Phone numbers as people and programs write them, and the sentences they stand in."""

PHONE_CONTEXTS = (
    "{year}-{month}-{day}T{hour}:{minute}:09Z INFO customer asked for a callback at VALUE before noon",
    "[auth] sms code sent to VALUE (attempt {small})",
    "ticket {99999}: reach me on VALUE, thanks",
    "VALUE",
    'level=warn msg="delivery failed" recipient="VALUE" took={three}ms',
    "Contact: {first} {last} | VALUE | desk {two}",
    "VALUE did not answer",
    "lead imported from {octet}.{octet}.{octet}.{octet}: VALUE;",
)

PHONE_FORMATS: dict[str, tuple[str, ...]] = {
    "555-0199": ("«{299}-{9999}»",),
    "415-555-2671": ("«{area}-{exchange}-{9999}»",),
    "made up: 123-456-7890": (
        "«123-456-{9999}»",
        "«(123) {999}-{9999}»",
        "«+1 555 {999} {9999}»",
        "«000-{999}-{9999}»",
    ),
    "(415) 555-2671": ("«({area}) {exchange}-{9999}»", "«({area}){exchange}-{9999}»"),
    "415.555.2671": ("«{area}.{exchange}.{9999}»",),
    "1-800-555-0199": ("«1-800-{exchange}-{9999}»", "«1.888.{exchange}.{9999}»"),
    "+1 415 555 2671": ("«+1 {area} {exchange} {9999}»", "«+1 ({area}) {exchange}-{9999}»"),
    "+1-800-555-0199": ("«+1-{area}-{exchange}-{9999}»", "«+1.{area}.{exchange}.{9999}»"),
    "+14155552671": ("«+1{area}{exchange}{9999}»",),
    "+44 20 7946 0958": ("«+44 20 {2999} {9999}»", "«+44 7{999} {999999}»", "«+44 (0)20 {2999} {9999}»"),
    "+919876543210": ("«+919{999999999}»", "«+91 9{9999} {99999}»"),
    "+49, +33, +34, +39": (
        "«+49 30 {29999999}»",
        "«+33 {small} {two} {two} {two} {two}»",
        "«+34 6{99} {999} {999}»",
        "«+39 06 {2999} {9999}»",
    ),
    "+81, +86, +55, +61": (
        "«+81 3-{2999}-{9999}»",
        "«+86 138 {9999} {9999}»",
        "«+55 11 9{9999}-{9999}»",
        "«+61 4{99} {999} {999}»",
    ),
    "tel:+14155552671": ("‹tel:›«+1{area}{exchange}{9999}»", '<a href="‹tel:›«+1-{area}-{exchange}-{9999}»">'),
    "phone=4155552671": (
        "phone=«{area}{exchange}{9999}»",
        '"phone": "«{area}{exchange}{9999}»"',
        "phone_number=«{area}{exchange}{9999}»",
        "mobile: «{area}{exchange}{9999}»",
    ),
    "with x123": ("«{area}-{exchange}-{9999}»‹ x{three}›", "«({area}) {exchange}-{9999}»‹x{two}›"),
    "with ext. 123": ("«{area}-{exchange}-{9999}»‹ ext. {three}›", "«+1 {area} {exchange} {9999}»‹ ext {three}›"),
    "020 7946 0958": ("«020 {2999} {9999}»", "«07{999} {999999}»"),
    "030-12345678 after tel": ("Tel. «030 {29999999}»", "tel: «030-{2999999}»", "Fax: «089/{2999999}»"),
    "06 12 34 56 78": ("«06 {two} {two} {two} {two}»", "«06.{two}.{two}.{two}.{two}»"),
    "415 555 2671 after call": ("call «{area} {exchange} {9999}»", "Phone: «{area} {exchange} {9999}»"),
    "in JSON and URLs": (
        '{"to":"«+1{area}{exchange}{9999}»"}',
        "?to=«%2B1{area}{exchange}{9999}»&n={small}",
        "to=«{area}-{exchange}-{9999}»&",
    ),
    "two in a row": (
        "«{area}-{exchange}-{9999}», «{area}-{exchange}-{9999}»",
        "«({area}) {exchange}-{9999}» / «({area}) {exchange}-{9999}»",
    ),
    "with odd dashes": (
        "«{area}\u2011{exchange}\u2011{9999}»",
        "«{area}\u2013{exchange}\u2013{9999}»",
        "«+1\u00a0{area}\u00a0{exchange}\u00a0{9999}»",
    ),
    # What no rule of ours takes: without a word before them these look like ids and counts.
    "no form: 4155552671": ("«{area}{exchange}{9999}»",),
    "no form: 415 555 2671": ("«{area} {exchange} {9999}»",),
}
