"""Every rule of the redaction, in the order in which they are tried, and the kinds that they count as.

A new kind is a new rule in this tuple; where it is not meant for everybody, it stays out of `DEFAULT_KINDS`.
"""

from handlers.redaction.rules.access_keys import SECRET_RULES, SECRET_TOKENS
from handlers.redaction.rules.email_addresses import EMAIL_RULES, EMAIL_TOKENS
from handlers.redaction.rules.ip_addresses import IP_RULES, IP_TOKENS
from handlers.redaction.rules.optional_kinds import OPTIONAL_RULES, OPTIONAL_TOKENS
from handlers.redaction.rules.phone.labels import PHONE_LABEL_RULES, PHONE_LABEL_TOKENS
from handlers.redaction.rules.phone.numbers import PHONE_RULES
from handlers.redaction.rules.phone.parts import PHONE_TOKENS
from handlers.redaction.rules.private_keys import PRIVATE_KEY_RULES, PRIVATE_KEY_TOKENS
from handlers.redaction.rules.rule import BOUNDARY_TOKENS, Rule, Tokens
from handlers.redaction.rules.words import Written

RULES: tuple[Rule, ...] = (
    *PRIVATE_KEY_RULES,
    *SECRET_RULES,
    *PHONE_RULES,
    *EMAIL_RULES,
    *PHONE_LABEL_RULES,
    *OPTIONAL_RULES,
    *IP_RULES,
)
_WRITTEN: dict[str, Written] = {
    **BOUNDARY_TOKENS,
    **EMAIL_TOKENS,
    **IP_TOKENS,
    **OPTIONAL_TOKENS,
    **PHONE_TOKENS,
    **PHONE_LABEL_TOKENS,
    **PRIVATE_KEY_TOKENS,
    **SECRET_TOKENS,
}
TOKENS = Tokens(_WRITTEN, ascii_only=False)
ASCII_TOKENS = Tokens(_WRITTEN, ascii_only=True)
KINDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        rule.kind
        for rule in (*PHONE_RULES, *EMAIL_RULES, *OPTIONAL_RULES, *IP_RULES, *PRIVATE_KEY_RULES, *SECRET_RULES)
        if rule.kind
    )
)
DEFAULT_KINDS: tuple[str, ...] = ("email", "phone")
