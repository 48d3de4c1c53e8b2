"""The settings that a stack can choose."""

from typing import Annotated, Any, Literal, Self

import pulumi
from pulumi.runtime import config as configured
from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from infra.budget import (
    DEFAULT_WORKER_TIMEOUT_SECONDS,
    MAX_SECONDS_PER_CHAR,
    MAX_WORKER_TIMEOUT_SECONDS,
    max_text_chars,
)
from infra.refusal import InvalidSettings, Problem
from infra.settings.contradictions import contradictions
from infra.settings.problems import broken_rules
from infra.settings.values import (
    Audiences,
    CertificateArn,
    ClaimName,
    DomainName,
    Flag,
    FunctionName,
    IssuerUrl,
    Kinds,
    KmsKeyArn,
    LogRetentionDays,
    MemoryMb,
    Origins,
    SnsTopicArn,
)


class Settings(BaseModel):
    """Everything that may differ from stack to stack, validated: every instance is one that a stack can run with.

    A stack's configuration spells the names in camel case, as in `pulumi config set workerTimeoutSeconds 150`. The
    docstring of each setting is its description in Pulumi.yaml; a test keeps both equal. Settings that name another
    resource also take its output, such as `kms_key_arn=key.arn`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        validate_by_alias=True,
        validate_by_name=True,
    )

    ingress: Literal["http-api", "function-url"] = "http-api"
    """The front door: http-api, or function-url (cheaper, but without throttling and access logs)."""
    auth: Literal["none", "api-key", "jwt"] = "none"
    """How tenants prove who they are: api-key, jwt, or none (whoever knows the URL may post as any tenant)."""
    auth_cache_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """How long the gateway remembers who owns an API key (0 to 3600); a revoked key keeps working that long."""
    jwt_issuer: IssuerUrl = ""
    """The issuer whose JSON Web Tokens are accepted, as the URL under which it publishes its keys."""
    jwt_audiences: Audiences = ""
    """The audiences of which a JSON Web Token must name one, separated by commas."""
    jwt_tenant_claim: ClaimName = "tenant_id"
    """The claim of a JSON Web Token that names the tenant."""
    jwt_scope_claim: str = ""
    """The claim of a JSON Web Token that lists its scopes (write, read, read-original); empty: every token has all."""
    domain_name: DomainName = ""
    """A name of your own for the HTTP API, as logs.example.com, so that clients keep their URL when the API is
    replaced."""
    certificate_arn: CertificateArn = ""
    """ARN of the certificate for that name in AWS Certificate Manager, in the stack's region."""
    cors_origins: Origins = ""
    """The origins whose web pages may send logs, separated by commas; empty: none."""
    throttle_rate_per_second: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Requests per second that the HTTP API lets through in the long run (1 to 10000)."""
    throttle_burst: Annotated[int, Field(ge=1, le=5_000)] = 1000
    """Requests that the HTTP API lets through at once (1 to 5000)."""
    worker_timeout_seconds: Annotated[int, Field(ge=1, le=MAX_WORKER_TIMEOUT_SECONDS)] = DEFAULT_WORKER_TIMEOUT_SECONDS
    """How long one worker invocation may take (1 to 900). The visibility timeout is six times that, and the longest
    text follows from it."""
    processing_seconds_per_char: Annotated[float, Field(ge=0, le=MAX_SECONDS_PER_CHAR)] = 0.05
    """Simulated cost of one character, in seconds (0 to 1.78); with a processor, nothing is simulated."""
    processor: FunctionName = ""
    """Your own function that processes each log, as package.module:function; empty means simulated work."""
    processor_folder: str = ""
    """The folder with your processor's code and its requirements.txt, if it has any, as seen from the project."""
    worker_batch_size: Annotated[int, Field(ge=1, le=10)] = 10
    """How many messages one worker invocation gets at most (1 to 10)."""
    worker_max_concurrency: Annotated[int, Field(ge=2, le=1000)] = 100
    """How many worker invocations run at once at most (2 to 1000)."""
    worker_memory_mb: MemoryMb = 512
    """Memory of the worker in MB (128 to 10240)."""
    ingest_memory_mb: MemoryMb = 512
    """Memory of the ingest function in MB (128 to 10240)."""
    retry_delay_seconds: Annotated[int, Field(ge=0, le=900)] = 10
    """How long a message waits after its first failure (0 to 900); later ones wait longer."""
    log_retention_days: LogRetentionDays = 30
    """How many days CloudWatch keeps logs (1, 3, 5, 7, 14, 30, 60, 90 … as CloudWatch offers)."""
    record_retention_days: Annotated[int, Field(ge=0, le=3650)] = 0
    """How many days the table keeps a record (0 to 3650); 0 keeps it for good."""
    redact: Kinds = "email,phone"
    """The kinds that are redacted, separated by commas, of email, phone, credit_card, us_ssn, iban, ip, secret and
    private_key."""
    keep_original_text: Flag = True
    """Whether a record also holds the original text and attributes, beside the redacted ones."""
    fingerprint_key_generation: Annotated[int, Field(ge=1, le=20)] = 1
    """How many fingerprint keys there are (1 to 20); one more is a new key for new logs. Old keys are still used."""
    deletion_protection: Flag = True
    """Whether Pulumi and AWS refuse to delete tables, queues and keys, also by `pulumi destroy`."""
    point_in_time_recovery: Flag = True
    """Whether the tables can be restored to any second of the last 35 days."""
    kms_key_arn: KmsKeyArn = ""
    """ARN of your own KMS key for tables, queues and log groups; empty means keys that AWS owns, free of charge."""
    tracing: Flag = True
    """Whether AWS X-Ray traces the functions (billed by the trace)."""
    chaos: Flag = False
    """Whether texts that begin with `chaos:` make their processing fail; never for real data."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the functions: arm64 or x86_64."""
    package_for: Literal["lambda", "host"] = "lambda"
    """Where the package runs: lambda, or host (the embedded cloud on this machine)."""
    alarm_topic_arn: SnsTopicArn = ""
    """ARN of the SNS topic that alarms notify; empty means that they only show in CloudWatch."""

    @classmethod
    def from_config(cls, config: "pulumi.Config") -> Self:
        """Return the settings of the stack that is being deployed.

        Raises:
            InvalidSettings: with one line for each unknown setting and each invalid value.
        """
        return cls.model_validate({key: config.get(key) for key in _keys(config.name)}, by_name=False)

    def audiences(self) -> tuple[str, ...] | pulumi.Output[tuple[str, ...]]:
        """Return the audiences of which a JSON Web Token must name one."""
        if isinstance(self.jwt_audiences, str):
            return _names(self.jwt_audiences)
        return self.jwt_audiences.apply(_names)

    def origins(self) -> tuple[str, ...]:
        """Return the origins whose web pages may send logs."""
        return _names(self.cors_origins)

    def max_text_chars(self) -> int:
        """Return the most characters that one message carries."""
        return max_text_chars(
            worker_timeout_seconds=self.worker_timeout_seconds,
            processing_seconds_per_char=self.simulated_seconds_per_char(),
        )

    def simulated_seconds_per_char(self) -> float:
        """Return the simulated cost of one character, in seconds: nothing where a processor does real work."""
        return 0 if self.processor else self.processing_seconds_per_char

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_what_cannot_work(cls, values: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Return the settings, or raise one problem for each fix; all the fixes together have been validated."""
        problems: dict[str, Problem] = {}
        try:
            settings = validate(values)
        except ValidationError as error:
            problems = {problem.key: problem for problem in broken_rules(error, cls)}
            settings = validate(_fixed(values, problems))
        while problem := next(contradictions(settings), None):
            problems[problem.key] = problem.about(problems.get(problem.key))
            settings = validate(_fixed(values, problems))
        if problems:
            raise InvalidSettings(*problems.values())
        return settings


def _names(separated_by_commas: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in separated_by_commas.split(",") if name.strip())


def _fixed(values: dict[str, Any], problems: dict[str, Problem]) -> dict[str, Any]:
    given = {to_camel(name) if name in Settings.model_fields else name: value for name, value in values.items()}
    fixes = {key: problem.fix for key, problem in problems.items()}
    return {key: value for key, value in (given | fixes).items() if value is not None}


def _keys(namespace: str) -> list[str]:
    # The two places in which pulumi.Config looks a key up; it has no way to list them.
    full_keys = {**configured.get_config_env(), **configured.CONFIG.get()}
    return sorted(key.removeprefix(f"{namespace}:") for key in full_keys if key.startswith(f"{namespace}:"))
