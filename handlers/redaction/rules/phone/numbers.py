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

PHONE_RULES = (
    Rule(
        name="Go's monotonic clock",
        kind=None,
        begins=r"m",
        pattern=r"\bm=[+\-]\d{1,9}\.\d{9}\b",
        hint=r"\bm=[+\-]\d{1,9}\.\d",
        matches=("2024-01-15 10:30:00 +0000 UTC «m=+20.338041017»", "«m=+33.123456789»"),
        ignores=("m=+1.415.555.2671",),
    ),
    Rule(
        name="standard and its year",
        kind=None,
        begins=r"[A-Z]",
        pattern=r"\b(?:<standard>)(?:[/ \-](?:<standard>|T|TR|TS|Std))?[ \-]?\d{3}-(?:19|20)\d\d\b",
        hint=r"\b(?:<standard>)(?:[/ \-][A-Za-z]{1,5})?[ \-]?\d{3}-(?:19|20)\d\d",
        matches=("as in «IEEE 754-2008»", "«ISO 639-2023»", "«ISO/IEC 646-1991»"),
        ignores=("IEEE 555-0199", "754-2008"),
    ),
    Rule(
        name="range in brackets",
        kind=None,
        begins=r"[\[(]",
        pattern=r"\[[2-9]\d\d-[1-9]\d{3}[\])]|\([2-9]\d0-[1-9]\d00\)",
        hint=r"[\[(][2-9]\d\d-[1-9]\d{3}",
        matches=("slots «[250-1000]»", "half open «[200-1023)»", "chunk «(250-1000)»"),
        ignores=("[555-0199]", "(555-0199)", "(555-1234)"),
    ),
    Rule(
        name="international number",
        kind="phone",
        begins=r"[+%\\(&=]",
        pattern=(
            r"<plus-left>(?:\((?=\+\d{1,3}\)))?<plus>[ ]?(?:\((?=\d))?"
            r"(?:<planned>|(?<=2[Bb])<form-number>|[2-9]\d{8,14}<whole-run>"
            r"|<any-code>(?=\)?(?:[ .\-/]|<odd-space>))(?!\.\d{4,12}(?![.\d\-]))<digit>{6,13}<whole-run>)"
            r"(?:<extension-digits>|<whole>)"
        ),
        hint=(
            r"\(?<hint-plus>[ (]{0,2}[1-9]"
            r"(?:[^\w\n]{0,3}(?:<odd-space>|\x1f+)?[^\w\n]{0,8}\d){5}"
        ),
        matches=(
            "«+1 123 456 7890»",
            "«+1-800-555-0199»",
            "«+1 (800) 555-0199 ext. 7»",
            "«+1.8005550199»",
            "«+44 20 7946 0958» 200 OK",
            "«+1 415 555 2671» US",
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
            "«+353 1 234 5678»",
            "«(+44) 20 7946 0958»",
            "«+43 5381 93036 426»",
            "«+49 30 123456» 15:04:05",
            "«+49 30 123456» 250 ms",
            "«+678 22123»",
            "«+1.8005550199»",
            "«+41\\u00a044\\u00a0668\\u00a018\\u00a000»",
            "«+1 415\u200b 555 2671»",
            "«+55 11 98765-4321»",
            "to=«%2B44+20+7946+0958»&x=1",
            "«&#43;1&#45;415&#45;555&#45;2671»",
            "To: «=2B14155552671»",
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
        name="area code in brackets",
        kind="phone",
        begins=r"[(%&=\\\d]",
        leads="<number-left>",
        pattern=(
            r"(?:(?:<left>(?<!%)(?:001|[178]|\d{2})[ .\-]?)|(?:(?<![\w\])])|(?<=%[0-7][0-9A-Fa-f]))(?<!\d[ .\-]))"
            r"(?:<open>\d{3}<close>(?:[ .\-]{0,2}|<odd-space>)"
            r"\d{3}(?:(?:[ .\-]|<odd-space>)?\d{4}|[ \-]\d\d[ \-]\d\d)|<open>\d{2}<close> ?\d{4,5}<hyphen>\d{4}"
            r"|<open>\d{4,5}<close> ?\d{1,3}<hyphen>\d\d<hyphen>\d\d"
            r"|<open>0\d{1,4}<close>(?:[ \-/]{0,2}|<odd-space>)"
            r"(?:\d{5,8}|\d{2,4}(?:(?:[ \-]|<odd-space>)\d{2,4}){1,3}))"
            r"<whole-run>(?:<extension-digits>|<right>)"
        ),
        hint=(
            r"(?:\d{1,3}[ .\-]?)?\(\d{2,5}\)[ .\-/]{0,2}\d{1,3}[ .\-]?\d+<hint-after>?"
            r"|(?:\d{1,3}[ .\-]?)?<open>\d{2,5}<close>(?:[ .\-]|<odd-space>)?"
            r"\d{1,3}(?:[ .\-]|<odd-space>)?\d+<hint-after>?"
        ),
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
            "«8 (656) 907-0293»",
            "«8 (912) 345-67-89»",
            "«(0212) 345 67 89»",
            "«(01234) 567890»",
            "«(415)%20555-2671»",
            "to=«%28415%29%20555-2671»",
            "«&#40;415&rpar;&#32;555&#45;2671»",
            "to=%20«(020) 7946 0958»",
            "«(0212) 345 67» 8(0212) 345 67 8",
            "«(01234) 567890» «(01234) 567891» «(01234) 567892»",
            "«8 (656) 907-0293»\0«8 (656) 907-0294»\0«8 (656) 907-0295»",
            "«(415)&nbsp;555-2671»",
            r'{"m":"«(415)\u00a0555-2671»"}',
        ),
        ignores=("main.c(123) 45", "f(100) 2000", "(123) 456-78901", "[12] (345) 678"),
    ),
    Rule(
        name="three, three and four digits",
        kind="phone",
        begins=r"[0-9]",
        leads="<number-left>",
        pattern=(
            r"<left>(?:(?:(?:001|[178])[ .\-])?<three><dash>|<after-no-groups>(?:(?:001|[178])[ .\-])?<three>[ /])"
            r"<three>(?:<dash><four>|<hyphen>\d\d<hyphen>\d\d(?!\.[a-z]))<extension>"
        ),
        hint=(
            r"<hint-left>(?:(?:001|[178])[ .\-])?<hint-three><hint-dash><hint-three>"
            r"<hint-dash>\d\x1f*\d(?:\x1f*\d\x1f*\d|<hyphen>)<hint-after>?"
        ),
        matches=(
            "«123-456-7890»",
            "«123.456.7890».",
            "«1-800-555-0199»,",
            "«415 555-2671»",
            "«001-555-234-1234»",
            "«415/555-2671»",
            "«415 - 555 - 2671»",
            "«123-456-7890 x123»",
            "«123-456-7890 ext. 123»",
            "«123-456-7890x5»",
            r"a\n«415-555-2671»\n",
            "\x1b[31m«415-555-2671»\x1b[0m",
            "n=%22«415-555-2671»%22",
            "请拨«415-555-2671»。",
            "/users/«415-555-2671»/calls",
            "«415-555-2671»...",
            "wait...«415-555-2671»",
            "«8 656-907-0293»",
            "«415%20555%202671»",
            "«415&#45;555&#x2d;2671»",
            "«415%2D555%2D2671»",
            "«415=2D555=2D2671»",
            r"«415\u002d555\u20112671»",
            "«415-5\x0055-2671»",
            "«4\u200b15\u200b-555\u200b-2671»",
            "«415\u00b7555\u00b72671»",
            "«495 123-45-67»",
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
            "600 123 456 555-0199",
            "1 200 512 1532",
            "123-456-78901",
            "A123-456-7890",
            "rhost=202-132-40-29.adsl.example.net",
        ),
    ),
    Rule(
        name="number with international prefix 00",
        kind="phone",
        begins=r"0",
        leads="<strict-number-left>",
        pattern=(
            r"<strict-left><after-no-number><no-dump-before>(?:00|011[ \-]) ?(?:<planned-after-gap>)"
            r"<no-dump-after><extension>"
        ),
        hint=r"<hint-strict-left>(?:00|011[ \-]) ?[1-9]\d{0,2}[ \-][^\w\n]{0,4}\d",
        matches=("«0044 20 7946 0958»", "«00 33 1 23 45 67 89»", "«0049-30-12345678»"),
        ignores=("DE89 3704 0044 0532 0130 00", "0000012345678", "00442079460958", "00 11 22 33 44 55"),
    ),
    Rule(
        name="range with a unit",
        kind=None,
        begins=r"[2-9]",
        leads="<strict-number-left>",
        pattern=r"<strict-left>[2-9]\d\d-\d{4} <unit>\b",
        matches=("took «250-1000 ms»", "«500-1000 users» online"),
        ignores=("555-0199 now",),
    ),
    Rule(
        name="national number with leading 0",
        kind="phone",
        begins=r"[0-9]",
        leads="<strict-number-left>",
        pattern=(
            r"<strict-left><after-no-number><no-dump-before><after-no-month><no-other>"
            r"(?!\d{3}(?:\.\d{3}){3}|\d{3}-\d\d-\d{4}\b|\d{4}/\d{6}:[A-Z])"
            r"(?:(?=\d(?:(?: <no-other>|[.\-/]|<odd-space>)?\d){8,11}(?!\d| <no-other>\d|[.\-/]\d|<odd-space>\d))"
            r"0[1-9]\d{0,2}(?:[ \-/.](?:\d{2,4}(?:(?: <no-other>\d{2,4}){1,3}|(?:-\d{2,4}){1,2}|(?:\.\d{2,4}){1,3}))"
            r"|<odd-space>\d{2,4}(?:<odd-space>\d{2,4}){1,3})"
            r"|0[1-9]\d{2}(?: \d{3} \d{3,4}|-\d{3,4}-\d{3,4}| \d{3} \d\d \d\d)"
            r"|0[1-9]\d (?:\d{7}|\d{8})|0[1-9]\d{3} \d{6}|0[1-9]\d{1,3}[\-/]\d{6,8}"
            r"|1[3-9]\d-\d{4}-\d{4}|\d\d 9\d{4}-\d{4})<no-dump-after><whole-run>(?:<extension-digits>|<right>)"
        ),
        hint=r"<hint-strict-left>(?:0[1-9]\d{0,3}(?:[ .\-/]|<odd-space>)\d{2,8}|1[3-9]\d-\d{4}-\d|\d\d 9\d{4}-\d)",
        matches=(
            "«03-1234-5678»",
            "«090-1234-5678»",
            "«020 7946 0958»",
            "«020%207946%200958»",
            "«020&nbsp;7946&nbsp;0958»",
            "«07700 900123»",
            "«138-1234-5678»",
            "«01 23 45 67 89»",
            "le «06.12.34.56.78»",
            "«06 219-5406»",
            "«08-123 456 78»",
            "«0412 345 678»",
            "«0171-1234567»",
            "«030/12345678»",
            "«044 668 18 00»",
            "«11 98765-4321»",
            "10:30:00 «020 7946 0958» 15:04:05",
            "«01 23 45 67 89»  «06 12 34 56 78»  «07 12 34 56 78»",
        ),
        ignores=(
            "01-02-2024",
            "0-306-40615-2",
            "00123 456789",
            "2024-03-1234-5678",
            "Jan 05 1234 5678",
            "00 01 23 45 67 89 ab",
            "01 23 45 67 89 ab",
            "01.23.45.67.89.10",
            "00000010: 0123 4567 0890 1234",
            "0600 0000 0400 0000",
            "010.020.030.040",
            "0644 1234567",
            "01.02.2024 12345",
            "[0701/114930:WARNING:dns.cc(1)]",
        ),
    ),
    Rule(
        name="seven digits",
        kind="phone",
        begins=r"[2-9]",
        leads="<strict-number-left>",
        pattern=(
            r"<strict-left><after-no-number><after-no-odd-space>[2-9]<unseen>\d<unseen>\d<unseen><hyphen><unseen><four>"
            r"(?:<extension-digits>|<strict-right>)"
        ),
        hint=r"<hint-strict-left>[2-9]\x1f*\d\x1f*\d\x1f*<hyphen>\x1f*<hint-four>(?:<hint-after>|\b|[eExX])",
        matches=(
            "User «555-0199»...",
            "«555-0199»",
            "(«555-0199»)",
            "«555-0199 x12»",
            "«555&#45;0199»",
            "«555%2d0199»",
            "«555-0199»,«555-0198»",
            "[REDACTED] «555-0199»",
            "«555\u200b-0199»",
            "«5\u200b55-01\u00ad99»",
        ),
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
            "1 219-5406",
            "(41)%20555-2671",
        ),
    ),
    Rule(
        name="number with a word after it",
        kind="phone",
        begins=r"[+(\d]",
        leads="<strict-number-left>",
        pattern=(
            r"<strict-left><after-no-number><no-other>\(?\+?\(?\d(?:(?:[ ]<no-other>|[.\-/)]|\) ?|[ .\-]?\()?\d){8,13}"
            r"(?=[ ,]{1,2}[(\[]?<after-word>\b)"
        ),
        hint=r"\d<hint-after>",
        matches=("«415 555 2671» office", "«4155552671» (mobile)", "«415 555 2671», Fax"),
        ignores=("1024 mobile", "2024-01-15 10:30:00 phone"),
    ),
)
