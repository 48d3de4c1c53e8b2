r"""Which e-mail addresses go, and what only looks like one and stays.

Decisions, each with an example below:
- A name, an at-sign and a host whose last label can be a top-level domain is an address, whatever it is used for; the
  at-sign may be `%40` (also encoded twice), `&#64;` or `\u0040`. Where text cannot tell a login from an address, it goes.
- A login stays where its surroundings say so: an `ssh` or `scp` command, `host:/path`, the user part of a URL, `git@host:path`.
- Letters of scripts written with spaces (Latin with accents, Cyrillic, Greek, Arabic, Hebrew, Devanagari …) may mix with
  ASCII. Scripts written without spaces (Han, kana, Thai …) may not: in 用户admin@company.com登录 only the ASCII part goes.
- In `\nbob@…`, `%3Dbob@…` and Python's `b'bob@…'` the escape is not part of the name. So of a Windows login such as
  `CORP\nick@…`, in raw text, the first letter is left; in JSON, where the backslash is doubled, nothing is.
- Of a name longer than 64 characters (RFC 5321) the last 64 go, with the host.
"""

from handlers.domain.redaction_grammar import Rule

_SPACED = "\u00c0-\u0dff\u10a0-\u10ff\u1200-\u177f\u1e00-\u1fff"
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
)
_ENCODED = r"%(?:25)?(?:2[BbDdEe7]|5[Ff]|[89A-Fa-f][0-9A-Fa-f])"

EMAIL_TOKENS = {
    "first": rf"[A-Za-z0-9_{_SPACED}]",
    "inner": rf"[A-Za-z0-9_.+'\-{_SPACED}]",
    "last": rf"[A-Za-z0-9_.+\-{_SPACED}]",
    "name": r"<first>(?:<inner>{0,62}(?:<last>|#EXT#))?",
    "encoded-name": rf"(?:<first>|{_ENCODED})(?:(?:<inner>|{_ENCODED}){{0,37}}(?:<last>|{_ENCODED}))?",
    "dense-name": rf"[{_DENSE}]{{1,64}}",
    "any-name": rf"[A-Za-z0-9_{_SPACED}{_DENSE}][A-Za-z0-9_.+'\-{_SPACED}{_DENSE}]{{0,63}}",
    "at": r"(?:@|%(?:25){0,2}40|&#64;|\\u0040)",
    "label": rf"[A-Za-z0-9{_SPACED}{_DENSE}][A-Za-z0-9\-{_SPACED}{_DENSE}]{{0,62}}",
    "famous": (
        r"(?i:com|net|org|edu|gov|mil|info|biz|io|ai|uk|de|fr|it|es|nl|ru|jp|cn|in|br|au|ca|us|eu|ch|se|pl|kr|mx)"
    ),
    # Atomic: what stands behind the longest host decides, never a shorter one found by stepping back. A file name that goes
    # on after the address (bob@example.com.json, bob@example.com-1.csv) is no part of the host.
    "host": (
        r"(?!<not-a-host>)(?>(?:<label>\.){1,8}"
        rf"(?:(?:<famous>|xn--[A-Za-z0-9\-]{{1,59}})(?![A-Za-z0-9]|-[\w\-]{{1,64}}\.(?!<file-type>))"
        rf"|(?!<file-type><end-of-name>)[A-Za-z{_SPACED}]{{2,63}}(?![A-Za-z0-9]|-[A-Za-z0-9])|[{_DENSE}]{{2,63}}))"
    ),
    "not-a-host": (
        r"v?\d{1,9}\.\d|(?:<label>\.){1,8}"
        r"(?:<unit-type>(?:\.d)?|cluster\.local|compute\.internal|ec2\.internal)<end-of-name>"
    ),
    "dense-host": rf"(?:<label>\.){{1,8}}[{_DENSE}]{{2,63}}",
    "end-of-name": r"(?![\w\-]|\.\w)",
    "unit-type": r"(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)",
    "file-type": (
        r"(?i:png|jpe?g|gif|svg|webp|avif|ico|css|scss|js|mjs|jsx|tsx|json|xml|ya?ml|html?|txt|csv|log|conf|cfg|ini|toml"
        r"|lock|tmp|bak|pid|sock|exe|dll|jar|war|whl|deb|rpm|tgz|tar|gz|pdf|docx?|xlsx?)"
    ),
    "hint-name": r"[A-Za-z0-9_.+'%\-#[:^ascii:]]",
}

EMAIL_RULES = (
    Rule(
        name="login on a command line",
        kind=None,
        pattern=r"\b(?:ssh|scp|sftp|rsync|mosh)(?: -{1,2}[\w\-]{1,20}(?:[ =][^\s@]{1,64})?){0,4} <name>@<host>",
        hint=r"\b(?:ssh|scp|sftp|rsync|mosh) ",
        goes=("«ssh deploy@web1.example.com» uptime", "ran «ssh -p 22 -i key.pem root@db.example.com»"),
        stays=("ssh key of bob@example.com", "openssh bob@example.com"),
    ),
    Rule(
        name="repository",
        kind=None,
        pattern=r"\b(?:git|hg|svn)@<host>[:/]",
        goes=("«git@github.com:»acme/app.git", "cloning «git@gitlab.example.com:»team/app.git"),
        stays=("write to git@example.com",),
    ),
    Rule(
        name="user part of a URL",
        kind=None,
        pattern=r"://[^\s/?#@%\"'<>\[\]\\]{1,64}@[A-Za-z0-9]",
        hint=r"://[^\s/?#@%\"'<>\[\]\\]+@",
        goes=("postgres«://app:secret@d»b.example.com:5432/app", "ssh«://git@g»ithub.com/acme/app.git"),
        stays=("https://example.com/?to=bob@example.com", "smtp://bob%40example.com:pw@mail.example.com"),
    ),
    Rule(
        name="address after an escape",
        kind="email",
        pattern=(
            r"(?:\\[\\nrtbf]|\\u[0-9A-Fa-f]{4}|%(?:25)?(?:[013-46-7][0-9A-Fa-f]|2[0-689ACFacf]|5[0-9A-Ea-e])"
            r"|\b[bBuUrR]'|(?i:mailto|sips?|xmpp|acct)://)((?:<name>|<encoded-name>)<at><host>)"
        ),
        hint=r"(?i:mailto|sips?|xmpp|acct)://",
        goes=(
            r'{"m":"to:\n«bob@example.com»"}',
            r'{"from":"\u003c«bob@example.com»\u003e"}',
            "q=mail%3D«bob%40example.com»",
            "next=%2Fset%3Fmail%253D«bob%2540example.com»%26x=1",
            "got b'«bob@example.com»'",
            "mailto://«bob@example.com»",
            r'"CORP\\«nick@example.com»"',
        ),
        stays=("o'brien@example.ie",),
    ),
    Rule(
        name="bounce address",
        kind="email",
        pattern=r"[A-Za-z0-9_][\w.\-]{0,40}\+[\w.+\-]{1,60}=[\w.\-]{1,64}<at><host>",
        hint=r"\+[\w.+\-]+=[\w.\-]+<at>",
        goes=("from=<«bounces+42-ab-jane=example.com@em.example.net»>",),
        stays=("a=b@example.com", "mail=jane@example.com"),
    ),
    Rule(
        name="address",
        kind="email",
        pattern=r"<name><at><host>(?!:[/~])",
        hint=r"<hint-name><at>[A-Za-z0-9[:^ascii:]]",
        goes=(
            "contact «admin@company.com» or",
            "«jane.doe+tag@mail.example.co.uk»",
            "«o'brien@example.ie»",
            "mailto:«x@example.com»?subject=a",
            "From: \"Jane\" <«jane@example.com»>,",
            "'«jane@example.com»'",
            "[«jane@example.com»]",
            "mail=«jane@example.com»&x=1",
            "user%3D1&mail=«jane%40example.com»",
            "«müller@exämple.de»",
            "«иван@пример.рф»",
            "«admin@例子.公司»",
            "用户«admin@company.com»登录失败",
            "«10001@qq.com»",
            "«bob@163.com».",
            "«bob@v2.example.com»",
            "«bob@corp.local»",
            "«bob@service.example.com»",
            "«bob@mail.de-cix.net»",
            "exports/«bob@example.com».json",
            "«bob@example.com»-2024.csv",
            "«bob@example.com»_old",
            "«bob@example.com»: /srv is full",
            "«a@b.co»,«c@d.co»;«e@f.co»",
            "«jane_example.com#EXT#@contoso.onmicrosoft.com»",
            "«jane@xn--exmple-cua.de»",
            "principal «alice@EXAMPLE.COM»",
            "«john.@docomo.ne.jp»",
            "«jane&#64;example.com»",
            "«jane＠example．com»",
        ),
        stays=(
            "@alice and @bob.smith",
            "@babel/core@7",
            "root@localhost",
            "deploy@web-01",
            "root@10.0.0.1",
            "deploy@dc1.web-01",
            "npm ERR! lodash@4.17.21",
            "golang.org/x/tools@v0.1.0-rc.beta",
            "pkg@1.2.3-next.alpha",
            "Started getty@tty1.service.",
            "openvpn-client@vpn.example.com.service: exited",
            "GET /img/logo@2x.png",
            "/etc/openvpn/client@office.conf",
            "node rabbit@rabbit-1.rabbit.default.svc.cluster.local down",
            "rsync to backup@vault.example.com:/srv",
            "me@box.example.com:~/notes",
            "image@sha256:0123abc",
            "java.lang.Object@6d06d69c",
            "'root'@'db.example.com'",
            "'root'@db.example.com",
            "a@b.c",
            "user@",
            "3 @ 4.50 each",
            "uses: actions/checkout@v4",
        ),
    ),
    Rule(
        name="percent-encoded address",
        kind="email",
        pattern=r"<encoded-name><at><host>",
        goes=("«jane%2Btag%40example.com»", "to=«j%C3%BCrgen%40example.de»"),
        stays=("%40example.com",),
    ),
    Rule(
        name="address in a script without spaces",
        kind="email",
        pattern=r"<dense-name><at><host>|<any-name><at><dense-host>",
        goes=("«用户@例子.公司»", "«用户1@例子.公司»", "：«홍길동@example.kr»"),
        stays=("你好@世界",),
    ),
)
