"""What one stack may choose: typed, with a default, a rule and an error that says how to mend it."""

from __future__ import annotations

import difflib
from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, Any, cast

from pulumi.runtime import config as configured

from infra.budget import DEFAULT_WORKER_TIMEOUT_SECONDS
from infra.refusal import InvalidSettings, refusal
from infra.setting_rules import Between, Matching, OneOf, SomeOf, Value, choice, parse, ruled, whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pulumi

# Amazon CloudWatch Logs API Reference, PutRetentionPolicy.
_LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

# Those of handlers.redaction.rules, which infra does not import; a test keeps both equal.
REDACTABLE_KINDS = ("phone", "email", "credit_card", "us_ssn", "iban", "ip")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ from stack to stack; it cannot hold a value that breaks its rule.

    In a stack's configuration the names are in camel case, as `pulumi config set workerTimeoutSeconds 150`.
    """

    ingress: str = choice("http-api", "function-url")
    """The front door. A Function URL is cheaper, but has no throttling and no access logs."""
    auth: str = choice("none", "api-key", "jwt")
    """How tenants prove who they are; with `none`, whoever knows the URL may post as any tenant."""
    auth_cache_seconds: int = whole(60, low=0, high=3600)
    """How long the gateway remembers who is behind an API key; so long a revoked key goes on working."""
    jwt_issuer: str = ruled("", Matching(pattern=r"|https://.+", example="https://login.example.com/"))
    """Whose JSON Web Tokens are believed; the URL under which the issuer publishes its keys."""
    jwt_audiences: str = ""
    """For whom a JSON Web Token must be meant, with commas between."""
    jwt_tenant_claim: str = ruled("tenant_id", Matching(pattern=r".+", example="tenant_id"))
    """The claim of a JSON Web Token that names the tenant."""
    throttle_rate_per_second: int = whole(500, low=1, high=10_000)
    """Requests per second that the HTTP API lets through in the long run."""
    throttle_burst: int = whole(1000, low=1, high=5_000)
    """Requests that the HTTP API lets through at once."""
    worker_timeout_seconds: int = whole(DEFAULT_WORKER_TIMEOUT_SECONDS, low=1, high=900)
    """How long one worker invocation may take; the visibility timeout is six times that."""
    processing_seconds_per_char: float = ruled(0.05, Between(low=0, high=60))
    """Simulated cost of one character."""
    worker_batch_size: int = whole(10, low=1, high=10)
    """How many messages one worker invocation gets at most."""
    worker_max_concurrency: int = whole(100, low=2, high=1000)
    """How many worker invocations run at once at most."""
    worker_memory_mb: int = whole(512, low=128, high=10_240)
    """Memory of the worker."""
    ingest_memory_mb: int = whole(512, low=128, high=10_240)
    """Memory of the ingest function."""
    retry_delay_seconds: int = whole(10, low=0, high=900)
    """How long a message waits after its first failure; later ones wait longer."""
    log_retention_days: int = ruled(30, OneOf(choices=_LOG_RETENTION_DAYS))
    """How long CloudWatch keeps the logs of functions and gateway."""
    record_retention_days: int = whole(0, low=0, high=3650)
    """How long the table keeps a record; 0 keeps it for good."""
    redact: str = ruled("email,phone", SomeOf(choices=REDACTABLE_KINDS))
    """The kinds that are redacted, with commas between."""
    keep_original_text: bool = True
    """Whether a record holds the text as it came in, beside the redacted one."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete the table."""
    point_in_time_recovery: bool = True
    """Whether the table can be restored to any second of the last 35 days."""
    chaos: bool = False
    """Whether texts that begin with `chaos:` make their processing fail; never for real data."""
    architecture: str = choice("arm64", "x86_64")
    """Processor of the functions."""
    package_for: str = choice("lambda", "host")
    """Where the package runs: in Lambda, or on this machine's embedded cloud."""
    alarm_topic_arn: str = ruled("", Matching(pattern=r"|arn:[\w-]+:sns:.+", example="arn:aws:sns:…"))
    """SNS topic that hears of alarms; empty: they only show in CloudWatch."""

    def __post_init__(self) -> None:
        """Refuse values that break their rules, all of them at once."""
        problems = _broken_rules(vars(self)) or list(self._contradictions())
        if problems:
            raise InvalidSettings(*problems)

    def audiences(self) -> tuple[str, ...]:
        """Return for whom a JSON Web Token must be meant."""
        return tuple(audience.strip() for audience in self.jwt_audiences.split(",") if audience.strip())

    def _contradictions(self) -> Iterator[str]:
        if self.auth != "none" and self.ingress != "http-api":
            rule = f"must be http-api where auth is {self.auth}, for a Function URL asks no authorizer"
            yield refusal(key="ingress", rule=rule, got=self.ingress, mend="http-api")
        if self.auth == "jwt" and not self.jwt_issuer:
            rule = "must be the issuer's URL where auth is jwt"
            yield refusal(key="jwtIssuer", rule=rule, got="nothing", mend="https://login.example.com/")
        if self.auth == "jwt" and not self.audiences():
            rule = "must name at least one audience where auth is jwt"
            yield refusal(key="jwtAudiences", rule=rule, got="nothing", mend="log-pipeline")

    @classmethod
    def from_config(cls, config: pulumi.Config) -> Settings:
        """Return the settings of the stack that is being deployed.

        Raises:
            InvalidSettings: with one line for each unknown setting and each value that cannot be.
        """
        known = {camel_case(setting.name): setting for setting in fields(cls)}
        problems = [_unknown(key, known) for key in _keys(config.name) if key not in known]
        values: dict[str, Any] = {}
        for key, setting in known.items():
            text = config.get(key)
            if text is None:
                continue
            try:
                values[setting.name] = parse(str(text), type(_default(setting)))
            except ValueError as error:
                problems.append(_refused(setting, rule=str(error), got=text))
        problems += _broken_rules(values)
        if problems:
            raise InvalidSettings(*problems)
        return cls(**values)


def camel_case(name: str) -> str:
    """Return the name that a field has in a stack's configuration."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _keys(namespace: str) -> list[str]:
    # The same two places, in which pulumi.Config looks a key up; it has no way to list them.
    full_keys = {**configured.get_config_env(), **configured.CONFIG.get()}
    return sorted(key.removeprefix(f"{namespace}:") for key in full_keys if key.startswith(f"{namespace}:"))


def _unknown(key: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "Pulumi.yaml describes all there are;"
    return f"{key} is not a setting, {hint} run: pulumi config rm {key}"


def _broken_rules(values: Mapping[str, Value]) -> list[str]:
    return [
        _refused(setting, rule=str(rule), got=values[setting.name])
        for setting in fields(Settings)
        if (rule := setting.metadata.get("rule")) and setting.name in values
        if not rule.accepts(values[setting.name])
    ]


def _refused(setting: Field[Any], *, rule: str, got: Value) -> str:
    default = _default(setting)
    mend = str(default).lower() if isinstance(default, bool) else default
    return refusal(key=camel_case(setting.name), rule=rule, got=got, mend=mend)


def _default(setting: Field[Any]) -> Value:
    return cast("Value", setting.default)
