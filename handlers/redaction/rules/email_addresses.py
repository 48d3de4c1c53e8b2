r"""Which e-mail addresses go, and what only looks like one and stays.

Decisions, each with an example below:
- A name, an at-sign and a host whose last label can be a top-level domain is an address, whatever it is used for. The
  at-sign may be `%40` (also encoded twice), `&#64;`, `&#x40;`, `&commat;`, `\u0040`, `\x40` or, as in raw mail, `=40`,
  and so may dots, hyphens and plus signs. The name may be in quotes, and characters that nobody sees may stand
  anywhere. Where nothing tells a login from an address, it goes.
- A login stays where its surroundings say so: an `ssh` or `scp` command, `host:/path`, the user part of a URL,
  `git@host:path`.
- Letters of scripts written with spaces (Latin with accents, Cyrillic, Greek, Arabic, Hebrew, Devanagari …) may mix
  with ASCII. Scripts written without (Han, kana, Thai …) may not: of 用户admin@company.com登录 the ASCII part goes.
- In `\nbob@…`, `%3Dbob@…` and Python's `b'bob@…'` the escape is no part of the name. So of a Windows login such as
  `CORP\nick@…` in raw text the first letter is left; in JSON, where the backslash is doubled, nothing is.
- Names of SSH algorithms (`aes256-gcm@openssh.com`), libraries (`free@libc.so.6`) and journal files stay, as does code
  (`a@b.dot(c)`).
- A quoted name with spaces (`"jane doe"@host`), an address at a bare IP address, and spelt-out forms such as
  `jane [at] host` are not recognised.
- Of a name longer than 128 characters (RFC 5321 allows 64) the last 128 go, with the host.
"""

from handlers.redaction.rules.rule import Rule, encoded
from handlers.redaction.rules.words import BeyondAscii, Words, Written

# What is no letter, beyond ASCII; and every other character of a script that is not written with spaces.
_PUNCTUATION = "\x80-\xbf\u2000-\u2bff\u3000-\u3004\u3008-\u3020\ufe00-\ufe6f\ufff0-\uffff"
_ENCODED = rf"(?:%(?:25)?(?:2[BbDdEe7]|5[Ff]|[89A-Fa-f][0-9A-Fa-f])|{encoded('.-+_', in_mail=False)})"

_SSH_ALGORITHMS = (
    *(
        "aes\\d{3}",
        "chacha20",
        "curve25519",
        "ecdsa",
        "ed25519",
        "hmac",
        "umac",
        "kex-strict",
        "mlkem\\d",
        "rijndael",
        "rsa",
    ),
    *("sntrup\\d", "ssh-(?:dss|ed|rsa)", "zlib", "sk-(?:ssh|ecdsa)", "webauthn-sk-ecdsa"),
)
_SSH_EXTENSIONS = (
    *(
        "agent-restrict",
        "auth-agent(?:-req)?",
        "copy-data",
        "eow",
        "expand-path",
        "fstatvfs",
        "fsync",
        "hardlink",
        "limits",
    ),
    *(
        "home-directory",
        "hostkeys(?:-prove)?-00",
        "keepalive",
        "lsetstat",
        "no-more-sessions",
        "posix-rename",
        "statvfs",
    ),
    *(
        "publickey-hostbound",
        "session-bind",
        "(?:cancel-)?streamlocal-forward",
        "(?:direct|forwarded)-streamlocal",
        "tun",
    ),
    *("users-groups-by-id", "ping", "pong"),
)

EMAIL_TOKENS: dict[str, Written] = {
    "punctuation": BeyondAscii(_PUNCTUATION),
    "dense": BeyondAscii(rf"[^\x00-\x7f<spaced-letters>{_PUNCTUATION}]", in_ascii="(?!)"),
    "beyond-ascii": BeyondAscii(r"\x80-\U0010ffff"),
    "hint-beyond-ascii": BeyondAscii("[:^ascii:]"),
    "in-no-ascii": BeyondAscii("", in_ascii="(?!)"),
    # All that may stand up to the first character of an at-sign, or of what is encoded.
    "up-to-at": r"(?:[\w.+'\-#=\x1f<beyond-ascii>]{1,300}+(?:[@%&]|\\[ux]|\\?\"[@%&\\\x1f])|[\w.+\-]{1,64}=40)",
    # As far as names go. No address begins in there if no at-sign follows, or one that no host follows.
    "stretch": (
        rf"(?:[\w.+'\-#\x1f<beyond-ascii>]{{1,300}}+|{_ENCODED}){{1,1000}}+"
        rf"(?:(?!<at>|{_ENCODED}|[\w.+'\-#=\x1f<beyond-ascii>]|\\?\"<at>)()"
        r"|(?=<at>)(?!<at>(?:<host>|<dense-host>|<has-dense-label><host>|(?:openssh|libssh|lysator|ssh)\.))())?"
    ),
    "first": r"[A-Za-z0-9_<spaced-letters>]",
    "inner": r"[A-Za-z0-9_.+'\-\x1f<spaced-letters>]",
    "last": r"[A-Za-z0-9_.+\-<spaced-letters>]",
    "name": r"(?><first>(?:<inner>{0,126}(?:<last>|#EXT#))?)",
    "encoded-name": rf"(?>(?:<first>|{_ENCODED})(?:(?:<inner>|{_ENCODED}){{0,62}}(?:<last>|{_ENCODED}))?)",
    "dense-name": r"<dense>{1,64}+",
    "any-name": r"<any-first>[^\x00-&\(-*,/:-@\[-^`{-\x7f<punctuation>]{0,127}+",
    "any-first": r"[^\x00-/:-@\[-^`{-\x7f<punctuation>]",
    "at": rf"\x1f{{0,16}}(?:@|{encoded('@', in_mail=False)})\x1f{{0,16}}",
    "odd-hyphen": f"(?:{encoded('-')})",
    "dot": rf"(?:\.|{encoded('.')})",
    "label": r"[^\x00-/:-@\[-`{-\x7f<punctuation>][^\x00-\x1e -,./:-@\[-`{-\x7f<punctuation>]{0,62}+",
    "famous": (
        r"(?i:com|net|org|edu|gov|mil|info|biz|io|ai|uk|de|fr|it|es|nl|ru|jp|cn|in|br|au|ca|us|eu|ch|se|pl|kr|mx)"
    ),
    # Atomic: what stands behind the longest host decides, never a shorter one found by stepping back. Where a file name
    # goes on after the address (bob@example.com.json, bob@example.com-1.csv), its end is no part of the host.
    "host": (
        r"(?!v?\d{1,9}\.\d|lib[\w+\-]{1,40}\.so(?![\w\-]))(?><label>(?:<odd-hyphen><label>)?<dot>(?:<label><dot>){0,7}"
        r"\x1f?(?:(?:<famous>|xn--[A-Za-z0-9\-]{1,59})(?![A-Za-z0-9]|-[\w\-]{1,64}\.(?!<file-type>))"
        r"|(?!(?:<file-type>|<unit-type>|<member>)<end-of-name>)(?:[A-Za-z<spaced-letters>]\x1f?){2,63}(?<!\x1f)(?![A-Za-z0-9(]|-[A-Za-z0-9])"
        r"|<dense>{2,63}))(?<!cluster\.local)(?<!\.compute\.internal)(?<!\.ec2\.internal)"
        r"(?!\.(?:<label>\.){0,6}(?:<unit-type>|cluster\.local|compute\.internal|ec2\.internal)<end-of-name>)"
    ),
    "dense-host": r"(?:<label>\.){1,8}<dense>{2,63}",
    "has-dense-label": (r"(?=(?:[A-Za-z0-9\-]{1,63}\.){0,4}[A-Za-z0-9\-]{0,63}+<dense>[^\x00-,./:-@]{0,62}+\.)"),
    "end-of-name": r"(?![\w\-]|\.\w)",
    "unit-type": r"(?:(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)(?:\.d)?|journal~?)",
    # What stands behind a dot in code.
    "member": "(?:setter|getter|deleter)",
    "file-type": (
        r"(?i:png|jpe?g|gif|svg|webp|avif|ico|css|scss|js|mjs|jsx|tsx|json|xml|ya?ml|html?|txt|csv|log|conf|cfg|ini|toml"
        r"|lock|tmp|bak|pid|sock|exe|dll|jar|war|whl|deb|rpm|tgz|tar|gz|pdf|docx?|xlsx?)"
    ),
    # Names that OpenSSH and others made up (RFC 4251, section 6), as far as they are on the wire and in logs.
    "ssh-algorithm": Words(_SSH_ALGORITHMS),
    "ssh-extension": Words(_SSH_EXTENSIONS),
    "hint-name": r"[A-Za-z0-9_.+'%\-#\x1f<hint-beyond-ascii>]",
}

EMAIL_RULES = (
    Rule(
        name="login on a command line",
        kind=None,
        begins=r"[smr]",
        pattern=r"\b(?:ssh|scp|sftp|rsync|mosh)(?: -{1,2}[\w\-]{1,20}(?:[ =][^\s@]{1,64})?){0,4} <name>@<host>",
        hint=r"\b(?:ssh|scp|sftp|rsync|mosh) ",
        matches=("«ssh deploy@web1.example.com» uptime", "ran «ssh -p 22 -i key.pem root@db.example.com»"),
        ignores=("ssh key of bob@example.com", "openssh bob@example.com"),
    ),
    Rule(
        name="repository",
        kind=None,
        begins=r"[ghs]",
        pattern=r"\b(?:git|hg|svn)@<host>[:/]",
        matches=("«git@github.com:»acme/app.git", "cloning «git@gitlab.example.com:»team/app.git"),
        ignores=("write to git@example.com",),
    ),
    Rule(
        name="user part of a URL",
        kind=None,
        begins=r":",
        pattern=r"://[^\s/?#@%\"'<>\[\]\\]{1,64}@[A-Za-z0-9]",
        hint=r"://[^\s/?#@%\"'<>\[\]\\]+@",
        matches=("postgres«://app:secret@d»b.example.com:5432/app", "ssh«://git@g»ithub.com/acme/app.git"),
        ignores=("https://example.com/?to=bob@example.com", "smtp://bob%40example.com:pw@mail.example.com"),
    ),
    Rule(
        name="address after an escape",
        kind="email",
        begins=r"[AaBbMmRrSsUuXx%\\]",
        pattern=(
            r"(?:\\[\\nrtbf]|\\u[0-9A-Fa-f]{4}|%(?:25)?(?:[013-46-7][0-9A-Fa-f]|2[0-689ACFacf]|5[0-9A-Ea-e])"
            r"|\b[bBuUrR]'|(?i:mailto|sips?|xmpp|acct)://)((?:<name>|<encoded-name>)<at><host>|<any-name><at><dense-host>)"
        ),
        hint=r"(?i:mailto|sips?|xmpp|acct)://",
        matches=(
            r'{"m":"to:\n«bob@example.com»"}',
            r'{"from":"\u003c«bob@example.com»\u003e"}',
            "q=mail%3D«bob%40example.com»",
            "next=%2Fset%3Fmail%253D«bob%2540example.com»%26x=1",
            "got b'«bob@example.com»'",
            "mailto://«bob@example.com»",
            r'"CORP\\«nick@example.com»"',
        ),
        ignores=("o'brien@example.ie",),
    ),
    Rule(
        name="address after a terminal's colour",
        kind="email",
        begins=r"\[",
        pattern=r"(?:(?<=\\u001[bB])|(?<=\\x1[bB])|(?<=\\033))\[[\d;]{0,12}m(<name><at><host>)",
        hint=r"\[[\d;]*m<hint-name>+<at>",
        matches=(r"\033[31m«bob@example.com»\033[0m", r'{"m":"\u001b[1;32m«bob@example.com»\u001b[0m"}'),
        ignores=("[31mike@example.com]",),
    ),
    Rule(
        name="name of an SSH algorithm or extension",
        kind=None,
        begins=r"[a-z]",
        leads="<up-to-at>",
        stretch="<stretch>",
        pattern=(
            r"(?=[a-z0-9\-]{2,80}+@[ols])(?<![\w.+\-])(?:<ssh-algorithm>[a-z0-9\-]{0,60}|<ssh-extension>)"
            r"@(?:openssh\.com|libssh\.org|lysator\.liu\.se|ssh\.com)(?![\w\-]|\.\w)"
        ),
        matches=(
            "kex: «chacha20-poly1305@openssh.com»",
            "«aes256-gcm@openssh.com»,«hmac-sha2-256-etm@openssh.com»",
            "«curve25519-sha256@libssh.org»",
            "«sk-ssh-ed25519-cert-v01@openssh.com»",
            "rtype «keepalive@openssh.com» want_reply 1",
            "«hostkeys-00@openssh.com»",
            "«tun@openssh.com»",
        ),
        ignores=("bob@openssh.com", "aes256-gcm@example.com", "x.aes256-gcm@openssh.com"),
    ),
    Rule(
        name="bounce address",
        kind="email",
        begins=r"\w",
        leads="<up-to-at>",
        stretch="<stretch>",
        pattern=r"[A-Za-z0-9_][\w.\-]{0,40}\+[\w.+\-]{1,60}=[\w.\-]{1,64}<at><host>",
        hint=r"\+[\w.+\-]+=[\w.\-]+<at>[A-Za-z0-9]",
        matches=("from=<«bounces+42-ab-jane=example.com@em.example.net»>",),
        ignores=("a=b@example.com", "mail=jane@example.com"),
    ),
    Rule(
        name="address",
        kind="email",
        begins=r"[^\x00-/:-@\[-^`{-\x7f]",
        leads="<up-to-at>",
        stretch="<stretch>",
        # In `\n@app.route`, the escape is no name.
        pattern=r"(?!(?<=\\)[nrtbf]@)(?:<name>|(?<=\")<name>\\?\")<at><host>(?!:[/~])",
        hint=r"<hint-name>+<at>(?:[A-Za-z0-9\-\x1f<hint-beyond-ascii>]|<odd-hyphen>)+<dot>|\w\\?\"@[A-Za-z0-9\-<hint-beyond-ascii>]",
        matches=(
            "contact «admin@company.com» or",
            "«jane.doe+tag@mail.example.co.uk»",
            "«o'brien@example.ie»",
            "mailto:«x@example.com»?subject=a",
            'From: "Jane" <«jane@example.com»>,',
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
            "«jane&#x40;example.com»",
            'to "«jane.doe"@example.com» now',
            r'{"to":"\"«jane.doe\"@example.com»"}',
            "«jane&commat;example.com»",
            r"«jane\x40example.com»",
            "«jane@example\u3002com»",
            "«ja\u200bne@exam\u00adple.com»",
            "«jane\u200b@\u200bexample.com»",
            "«jane\0@example.com»",
            "«jane@example.\u200bcom»",
            "«jane@example.c\u200bom»",
            "\x1b[31m«bob@example.com»\x1b[0m",
            "«jane@\x1b[31mexample.com»",
            "«jane@example&#46;com»",
            "«jane@example%2Ecom»",
            "«jane@my&#45;example.com»",
            "«jane%40mail%2Eexample%2Ecom»",
            "«jane&commat;example&period;com»",
            r"«jane\u0040example\u002ecom»",
            "«jane@example=2Ecom»",
            "«jane\x1b[1m@exam\x1b[0mple.com»",
            "«jane\uff20example\uff0ecom»",
        ),
        ignores=(
            "@alice and @bob.smith",
            "@babel/core@7",
            "root@localhost",
            "deploy@web-01",
            "root@10.0.0.1",
            "deploy@dc1.web-01",
            "npm ERR! lodash@4.17.21",
            "golang.org/x/tools@v0.1.0-rc.beta",
            "json_pack@libx.so.4",
            "x@y.setter",
            "weights = a@b.dot(c)",
            "free@libc.so",
            r"import app\n@app.route('/')",
            "Rotating system@0005f1c2.journal",
            "user-1000@0005f1c2-ab.journal~",
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
            '"root"@"db.example.com"',
            "a@b.c",
            "user@",
            "3 @ 4.50 each",
            "uses: actions/checkout@v4",
        ),
    ),
    Rule(
        name="address in raw mail",
        kind="email",
        begins=r"[A-Za-z0-9_]",
        leads="<up-to-at>",
        stretch="<stretch>",
        pattern=r"(?<![\w.+\-])[A-Za-z0-9_][\w.+\-]{0,63}=40(?=[A-Za-z])<host>",
        hint=r"[\w+\-]=40[A-Za-z][\w\-]*<dot>",
        matches=(
            "To: «jane=40example.com»",
            "To: «jane=40example=2Ecom»",
            '<a href=3D"mailto:«jane.doe=40mail.example.com»">',
        ),
        ignores=("timeout=40s. Then", "width=40px.png", "at=40.example.com", "x=40"),
    ),
    Rule(
        name="percent-encoded address",
        kind="email",
        begins=r"[^\x00-$&-/:-@\[-^`{-\x7f]",
        leads="<up-to-at>",
        stretch="<stretch>",
        pattern=r"(?=<inner>{0,126}+[%&\\])<encoded-name><at><host>",
        matches=(
            "«jane%2Btag%40example.com»",
            "to=«j%C3%BCrgen%40example.de»",
            "«jane&#46;doe@example.com»",
            r"«jane\u002edoe\u0040example.com»",
        ),
        ignores=("%40example.com",),
    ),
    Rule(
        name="address in a script without spaces",
        kind="email",
        begins=r"[^\x00-/:-@\[-^`{-\x7f]",
        leads="<up-to-at>",
        stretch="<stretch>",
        pattern=r"<in-no-ascii>(?=[!-~]{0,128}+[^\x00-\x7f])(?:<dense-name><at><host>|<any-name><at>(?:<dense-host>|<has-dense-label><host>))",
        matches=("«用户@例子.公司»", "«jeff葉@臺網中心.tw»", "«用户1@例子.公司»", "\uff1a«홍길동@example.kr»"),
        ignores=("你好@世界",),
    ),
)
