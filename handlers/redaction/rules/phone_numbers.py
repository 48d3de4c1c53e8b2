r"""Which phone numbers go, and what only looks like one and stays.

Decisions, each with an example below:
- A number goes when its form says phone: a plus and a country code; brackets around an area code; three, three and
  four digits; a leading 0 or 00 with groups; `555-0199`. Digits without a form (ids, epochs, sizes) go only after a
  word such as `phone=`; so do three numbers separated by spaces, because `200 512 1532` is every other access log.
- Seven digits go as `555-0199` only: the exchange begins with 2 to 9, and no range (`bytes=200-1023`), unit
  (`250-1000 ms`) or name of an id (`order 555-0199`) stands beside them.
- For the commonest country codes the length of the national number is known, so that a number after it is left alone.
"""

from handlers.redaction.rules.rule import Rule

# Digits of national numbers without the trunk 0 (ITU-T E.164 national numbering plans). After other codes: 6 to 14.
_CODES_BY_NATIONAL_DIGITS = {
    "11": "86",
    "10,11": "55|54|49",
    "10": "1|7|44|91|90|52|57|92|63|880|58",
    "9,10": "81|82|39|84|62|98|20|234|353|358|43",
    "9": "33|34|48|61|27|31|41|32|40|30|351|380|420|421|966|971|972|254|212|213|36|46|51|56|60|64|66|94",
    "8": "45|47|65|852|216|386|371|372|853|974|965|973|968",
}
_PLANNED = "|".join(
    rf"(?:{codes})(?:<gap>\(0\))?(?:<gap>\d){{{digits}}}" for digits, codes in _CODES_BY_NATIONAL_DIGITS.items()
)
_PLANNED_AFTER_GAP = "|".join(
    rf"(?:{codes})[ \-](?:\(0\)<gap>)?\d(?:<gap>\d){{{','.join(str(int(n) - 1) for n in digits.split(','))}}}"
    for digits, codes in _CODES_BY_NATIONAL_DIGITS.items()
)

PHONE_TOKENS = {
    "planned": _PLANNED,
    "planned-after-gap": _PLANNED_AFTER_GAP,
    "tight-gap": r"(?:(?:%20|[ \-/]|[ \-]?\(|\)[ \-]?)<no-date>)?",
    "no-date": r"(?!\d{4}-\d\d-\d\d|\d\d:[\d\[])",
    "plus-left": r"(?<![\w+)\]])",
    "gap": r"(?:%20|[ .\-/]|[ .\-]?\(|\)[ .\-]?)?",
    "no-dump-before": r"(?<!\d[0-9A-Fa-f][ .])(?<!ED\][ .])",
    "no-dump-after": r"(?![ .](?:[0-9A-Fa-f]{2}\b|\[))",
    "dash": r"(?: - |[.\-])",
    "extension": r"(?:<extension-digits>|<right>)",
    "extension-digits": r"[ ,;]{0,2}(?i:x|ext|extn|extension)[ .:=]{0,2}\d{1,6}<no-word>",
    "unit": (
        r"(?i:ns|us|µs|ms|sec|seconds?|minutes?|kb|mb|gb|kib|mib|gib|bytes|px|hz|k?hz|mhz|ghz"
        r"|rpm|rps|kg|km|items|rows|lines|records|users|requests|events|msgs|messages|times)"
    ),
}

PHONE_RULES = (
    Rule(
        name="range with a unit",
        kind=None,
        begins=r"[0-9]",
        pattern=r"<strict-left>[2-9]\d\d-\d{4} <unit>\b",
        matches=("took «250-1000 ms»", "«500-1000 users» online"),
        ignores=("555-0199 now",),
    ),
    Rule(
        name="international number",
        kind="phone",
        begins=r"[+%\\]",
        pattern=(
            r"<plus-left>(?:\+|%2[Bb]|\\u002[Bb])(?:<planned>|[2-9]\d{8,14}"
            r"|[2-9]\d{0,2}[ \-/]\(?\d(?:<tight-gap>\d){5,11}|[1-9]\d{0,2}(?:\.\d{2,4}){3,5}"
            r"|[1-9]\d{0,2}\.\d{9,12})<extension>"
        ),
        hint=r"(?:\+|%2[Bb]|\\u002[Bb])[1-9](?:[ .\-/\(\)%]{0,3}\d){6}",
        matches=(
            "«+1 123 456 7890»",
            "«+1-800-555-0199»",
            "«+1 (800) 555-0199 ext. 7»",
            "«+1.8005550199»",
            "«+44 20 7946 0958» 200 OK",
            "«+44 (0)20 7946 0958»",
            "«+44\u00a020\u202f7946\u20110958»",
            "«+919876543210»",
            "<«+33 1 23 45 67 89»>",
            "«+33123456789» 15:04",
            "«+49 30 1234 5678».",
            "to=«%2B14155552671»&x",
            r'{"to":"«\u002b14155552671»"}',
            "«+44%2020%207946%200958»",
            "«+298 123456» 15:04:05",
            "\u202a«+1 415 555 2671»\u202c",
            "(«+353 1 234 5678»)",
            "«+55 11 98765-4321»",
        ),
        ignores=(
            "2024-01-15 10:30:00 +1000 12345678",
            "10:30:00 +1030 1234",
            "+37.7749295, -122.4194155",
            "+48.8566 -2.3522",
            "+40.7128 -74.0060",
            "+10485760 bytes",
            "x+2147483648",
            "a1b2+33123456789/c==",
            "+0000",
        ),
    ),
    Rule(
        name="number with international prefix 00",
        kind="phone",
        begins=r"[0-9]",
        pattern=r"<strict-left><after-no-group>00 ?(?:<planned-after-gap>)<extension>",
        hint=r"<hint-strict-left>00 ?[1-9]\d{0,2}[ \-]\(?\d",
        matches=("«0044 20 7946 0958»", "«00 33 1 23 45 67 89»", "«0049-30-12345678»"),
        ignores=("DE89 3704 0044 0532 0130 00", "0000012345678", "00442079460958", "00 11 22 33 44 55"),
    ),
    Rule(
        name="area code in brackets",
        kind="phone",
        begins=r"[(1]",
        pattern=(
            r"(?:<left>1[ .\-]?)?(?:\(\d{3}\)[ .\-]{0,2}\d{3}[ .\-]?\d{4}|\(\d{2}\) ?\d{4,5}-\d{4}"
            r"|\(0\d{1,4}\)[ ]?\d{3,4}[ \-]?\d{3,5})<extension>"
        ),
        hint=r"(?:1[ .\-]?)?\(\d{2,5}\)[ .\-]{0,2}\d{3}",
        matches=(
            "«(123) 456-7890»",
            "call(«(123) 456-7890»)",
            "«1 (800) 555-0199 x12»",
            "«(415)555-2671»",
            "«(415) 555.2671»",
            "«(415)5552671»",
            "«(11) 98765-4321»",
            "«(020) 7946 0958»",
            "«(02) 9374 4000»",
        ),
        ignores=("main.c(123) 45", "f(100) 2000", "(123) 456-78901", "[12] (345) 678"),
    ),
    Rule(
        name="three, three and four digits",
        kind="phone",
        begins=r"[0-9]",
        pattern=r"<left>(?:1[ .\-])?\d{3}(?:<dash>|[ /])\d{3}<dash>\d{4}<extension>",
        hint=r"<hint-left>(?:1[ .\-])?\d{3}(?:<dash>|[ /])\d{3}<dash>\d{4}",
        matches=(
            "«123-456-7890»",
            "«123.456.7890».",
            "«1-800-555-0199»,",
            "«415 555-2671»",
            "«415/555-2671»",
            "«415 - 555 - 2671»",
            "«123-456-7890 x123»",
            "«123-456-7890 ext. 123»",
            "«123-456-7890x5»",
            r"a\n«415-555-2671»\n",
            "\x1b[31m«415-555-2671»\x1b[0m",
            "n=%22«415-555-2671»%22",
            "电话«415-555-2671»。",
            "/users/«415-555-2671»/calls",
            "«415-555-2671»...",
            "wait...«415-555-2671»",
            "«415-555-2671» «415-555-2672»",
            "«415-555-2671»,«415-555-2672»",
            "«415\u2011555\u20112671»",
            "«\uff14\uff11\uff15\uff0d\uff15\uff15\uff15\uff0d\uff12\uff16\uff17\uff11»",
            "«\u0664\u0661\u0665-\u0665\u0665\u0665-\u0662\u0666\u0667\u0661»",
        ),
        ignores=(
            "112-1234567-1234567",
            "ORD-123-456-7890",
            "123-456-7890-11",
            "v123.456.7890",
            "192.168.100.1000",
            "12345678-1234-1234-1234-123456789012",
            "200 512 1532",
            "1 200 512 1532",
            "123-456-78901",
            "A123-456-7890",
        ),
    ),
    Rule(
        name="national number with leading 0",
        kind="phone",
        begins=r"[0-9]",
        pattern=(
            r"<strict-left><after-no-group>(?:0[1-9]\d{0,2}-\d{3,4}-\d{3,4}|0[1-9]\d{1,2} \d{3,4} \d{3,4}"
            r"|0[1-9]\d{3} \d{6}|1[3-9]\d-\d{4}-\d{4})<extension>"
        ),
        hint=r"<hint-strict-left>(?:0[1-9]\d{0,3}[ \-]\d{3,4}[ \-]?\d{3}|1[3-9]\d-\d{4}-\d{4})",
        matches=("«03-1234-5678»", "«090-1234-5678»", "«020 7946 0958»", "«07700 900123»", "«138-1234-5678»"),
        ignores=("01-02-2024", "0-306-40615-2", "00123 456789", "2024-03-1234-5678", "Jan 05 1234 5678"),
    ),
    Rule(
        name="pairs of digits with leading 0",
        kind="phone",
        begins=r"[0-9]",
        pattern=r"<strict-left><no-dump-before>0[1-9](?:[ .]\d\d){4}<no-dump-after><extension>",
        hint=r"<hint-strict-left>0[1-9](?:[ .]\d\d){4}",
        matches=("«01 23 45 67 89»", "tél. «06.12.34.56.78»"),
        ignores=("00 01 23 45 67 89 ab", "01 23 45 67 89 ab", "01.23.45.67.89.10"),
    ),
    Rule(
        name="seven digits",
        kind="phone",
        begins=r"[0-9]",
        pattern=r"<strict-left>[2-9]\d\d-\d{4}(?:<extension-digits>|<strict-right>)",
        hint=r"<hint-strict-left>[2-9]\d\d-\d{4}(?:\b|[eExX])",
        matches=("User «555-0199»...", "«555-0199»", "(«555-0199»)", "«555-0199 x12»", "«555-0199»,«555-0198»"),
        ignores=(
            "2024-01-15T10:30:00.555-0500",
            "123-4567",
            "555-01990",
            "5555-0199",
            "1-555-0199",
            "555-0199-7",
            "#555-0199",
            "$555-0199",
            "/issues/555-0199",
            r"C:\logs\555-0199\x.txt",
            "issue-555-0199",
            "555-0199/2",
            "a555-0199",
            "555.0199",
            "555 0199",
            "10:555-0199",
        ),
    ),
)
