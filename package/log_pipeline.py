"""`LogPipeline` as programs in every language of Pulumi see it.

`make package` writes this module; do not edit it. Pulumi's analyser needs annotations that are types, so none is
postponed here.
"""

from typing import TypedDict

import pulumi

from infra import log_pipeline
from package.arguments import known_as_before, pipeline_args


class LogPipelineArgs(TypedDict, total=False):
    """The settings, and the functions' code; nothing is required."""

    ingress: str
    """The front door: http-api, or function-url (cheaper, but without throttling and access logs). Default: http-api."""
    auth: str
    """How tenants prove who they are: api-key, jwt, or none (whoever knows the URL may post as any tenant). Default: none."""
    auth_cache_seconds: int
    """How long the gateway remembers who owns an API key (0 to 3600); a revoked key keeps working that long. Default: 60."""
    jwt_issuer: pulumi.Input[str]
    """The issuer whose JSON Web Tokens are accepted, as the URL under which it publishes its keys."""
    jwt_audiences: pulumi.Input[str]
    """The audiences of which a JSON Web Token must name one, separated by commas."""
    jwt_tenant_claim: str
    """The claim of a JSON Web Token that names the tenant. Default: tenant_id."""
    jwt_scope_claim: str
    """The claim of a JSON Web Token that lists its scopes (write, read, read-original); empty: every token has all."""
    domain_name: str
    """A name of your own for the HTTP API, as logs.example.com, so that clients keep their URL when the API is replaced."""
    certificate_arn: pulumi.Input[str]
    """ARN of the certificate for that name in AWS Certificate Manager, in the stack's region."""
    cors_origins: str
    """The origins whose web pages may send logs, separated by commas; empty: none."""
    throttle_rate_per_second: int
    """Requests per second that the HTTP API lets through in the long run (1 to 10000). Default: 500."""
    throttle_burst: int
    """Requests that the HTTP API lets through at once (1 to 5000). Default: 1000."""
    worker_timeout_seconds: int
    """How long one worker invocation may take (1 to 900). The visibility timeout is six times that, and the longest text follows from it. Default: 150."""
    processing_seconds_per_char: float
    """Simulated cost of one character, in seconds (0 to 1.78); with a processor, nothing is simulated. Default: 0.05."""
    processor: str
    """Your own function that processes each log, as package.module:function; empty means simulated work."""
    processor_folder: str
    """The folder with your processor's code and its requirements.txt, if it has any, as seen from the project."""
    worker_batch_size: int
    """How many messages one worker invocation gets at most (1 to 10). Default: 10."""
    worker_max_concurrency: int
    """How many worker invocations run at once at most (2 to 1000). Default: 100."""
    worker_memory_mb: int
    """Memory of the worker in MB (128 to 10240). Default: 512."""
    ingest_memory_mb: int
    """Memory of the ingest function in MB (128 to 10240). Default: 512."""
    retry_delay_seconds: int
    """How long a message waits after its first failure (0 to 900); later ones wait longer. Default: 10."""
    log_retention_days: int
    """How many days CloudWatch keeps logs (1, 3, 5, 7, 14, 30, 60, 90 … as CloudWatch offers). Default: 30."""
    record_retention_days: int
    """How many days the table keeps a record (0 to 3650); 0 keeps it for good. Default: 0."""
    redact: str
    """The kinds that are redacted, separated by commas, of email, phone, credit_card, us_ssn, iban, ip, secret and private_key. Default: email,phone."""
    keep_original_text: bool
    """Whether a record also holds the original text and attributes, beside the redacted ones. Default: true."""
    fingerprint_key_generation: int
    """How many fingerprint keys there are (1 to 20); one more is a new key for new logs. Old keys are still used. Default: 1."""
    deletion_protection: bool
    """Whether Pulumi and AWS refuse to delete tables, queues and keys, also by `pulumi destroy`. Default: true."""
    point_in_time_recovery: bool
    """Whether the tables can be restored to any second of the last 35 days. Default: true."""
    kms_key_arn: pulumi.Input[str]
    """ARN of your own KMS key for tables, queues and log groups; empty means keys that AWS owns, free of charge."""
    tracing: bool
    """Whether AWS X-Ray traces the functions (billed by the trace). Default: true."""
    chaos: bool
    """Whether texts that begin with `chaos:` make their processing fail; never for real data. Default: false."""
    architecture: str
    """Processor of the functions: arm64 or x86_64. Default: arm64."""
    package_for: str
    """Where the package runs: lambda, or host (the embedded cloud on this machine). Default: lambda."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify; empty means that they only show in CloudWatch."""
    code: pulumi.Archive
    """What the functions run, such as the zip of a release; by default it is built on the machine that runs Pulumi, which needs pip and a network."""


class LogPipeline(log_pipeline.LogPipeline):
    """Accepts logs over HTTP and stores them redacted, tenant by tenant; what fails is kept as a dead letter."""

    _TYPE = "robust-data-processor:index:LogPipeline"

    url: pulumi.Output[str]
    """Where everything that clients call begins."""
    ingest_url: pulumi.Output[str]
    """Where clients send logs."""
    health_url: pulumi.Output[str]
    """Answers as long as requests arrive."""
    domain_target: pulumi.Output[str]
    """Where the DNS record of `domainName` has to point; empty without such a name."""
    queue_url: pulumi.Output[str]
    """URL of the queue in which accepted logs wait for the worker."""
    queue_name: pulumi.Output[str]
    """Name of that queue."""
    queue_arn: pulumi.Output[str]
    """ARN of that queue."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the queue that keeps what could not be processed."""
    dead_letter_queue_name: pulumi.Output[str]
    """Name of the dead-letter queue."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    table_name: pulumi.Output[str]
    """Name of the table of records."""
    table_arn: pulumi.Output[str]
    """ARN of the table of records."""
    key_table_name: pulumi.Output[str]
    """Name of the table of API keys. Every pipeline has it, so that changing `auth` and back loses no key."""
    key_table_arn: pulumi.Output[str]
    """ARN of the table of API keys."""
    key_usage_table_name: pulumi.Output[str]
    """Name of the table with the day on which each API key was last used."""
    key_usage_table_arn: pulumi.Output[str]
    """ARN of that table."""
    fingerprint_key_arns: pulumi.Output[list[str]]
    """ARNs of the KMS keys that fingerprint records; the newest first."""
    function_names: pulumi.Output[dict[str, str]]
    """Names of the functions `ingest` and `worker`, and of `query` and `authorizer` where `auth` needs them."""
    function_arns: pulumi.Output[dict[str, str]]
    """ARNs of the functions, by the same keys."""
    log_group_names: pulumi.Output[dict[str, str]]
    """Names of the functions' log groups, by the same keys."""
    role_arns: pulumi.Output[dict[str, str]]
    """ARNs of the functions' roles, by the same keys."""

    def __init__(self, name: str, args: LogPipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, pipeline_args(args), known_as_before("LogPipeline", opts))
