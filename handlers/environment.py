"""The environment: the variables that the stack sets for each function; no other module of `handlers` reads them."""

import os
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field


class _Environment(BaseModel):
    # Each function reads one of these, so only that one is built.
    model_config = ConfigDict(frozen=True, defer_build=True)

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Return the names of the environment variables that the function reads."""
        return frozenset(name.upper() for name in cls.model_fields)

    @classmethod
    @lru_cache
    def read(cls) -> Self:
        """Return the environment of this process, read once.

        Raises:
            pydantic.ValidationError: a variable is missing or has a value that it cannot have.
        """
        return cls.model_validate({name: os.environ.get(name.upper()) for name in cls.model_fields})


def memory_mb() -> int:
    """Return the memory of this function in MB; the least that Lambda offers if the variable is not set."""
    return int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"))


def environment_without_credentials() -> dict[str, str]:
    """Return this process's environment for a child process that needs no AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


class _RedactingEnvironment(_Environment):
    redact: Annotated[str, Field(min_length=1)]

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds that are redacted."""
        return tuple(self.redact.split(","))


class IngestEnvironment(_RedactingEnvironment):
    """The environment variables of the ingest function.

    Attributes:
        ingest_queue_url: where envelopes go.
        max_text_chars: longest text that one message may carry, in characters; longer ones travel in parts.
        processing_seconds_per_char: how long the worker takes for one character, in seconds.
        max_processing_seconds_per_request: how much work one request may bring, in seconds.
        max_backlog_seconds: how long the worker may need for what waits before more is refused.
        drain_concurrency: how many logs the worker processes at once.
        redact: the kinds that the worker redacts, separated by commas; no cut goes through them.
        auth: how tenants prove who they are.
        tenant_claim: the claim of a JSON Web Token that names the tenant.
        scope_claim: the claim that names its scopes; where empty, every token has all of them.
    """

    ingest_queue_url: str
    max_text_chars: Annotated[int, Field(ge=1)]
    processing_seconds_per_char: Annotated[float, Field(ge=0)]
    max_processing_seconds_per_request: Annotated[int, Field(ge=1)]
    max_backlog_seconds: Annotated[int, Field(ge=1)]
    drain_concurrency: Annotated[int, Field(ge=1)]
    auth: Literal["none", "api-key", "jwt"]
    tenant_claim: str
    scope_claim: str


class WorkerEnvironment(_RedactingEnvironment):
    """The environment variables of the worker function.

    Attributes:
        ingest_queue_url: where envelopes come from.
        dead_letter_queue_url: where messages go that can never work.
        table_name: where records go.
        tenant_role_arn: the role that reaches the rows of the tenant it is assumed for.
        fingerprint_key_ids: a JSON array of the ARNs of the KMS keys for fingerprints, the newest first.
        processing_seconds_per_char: simulated cost of one character, in seconds.
        batch_size: how many messages there are in a batch at most.
        retry_delay_seconds: how long the first failure waits until it is tried again; later ones wait longer.
        keep_original_text: whether a record holds what came in.
        record_retention_days: days until a record expires; 0 keeps it for good.
        redact: the kinds that are redacted, separated by commas.
        chaos: whether texts that begin with `chaos:` make their processing fail.
        processor: the stack's own code, as `package.module:function`; empty if it brings none.
    """

    ingest_queue_url: str
    dead_letter_queue_url: str
    table_name: str
    tenant_role_arn: str
    fingerprint_key_ids: str
    processing_seconds_per_char: Annotated[float, Field(ge=0)]
    batch_size: Annotated[int, Field(ge=1)]
    retry_delay_seconds: Annotated[int, Field(ge=0)]
    keep_original_text: bool
    record_retention_days: Annotated[int, Field(ge=0)]
    chaos: bool
    processor: str


class AuthorizerEnvironment(_Environment):
    """The environment variables of the authorizer function.

    Attributes:
        key_table_name: where the hashes of API keys are.
        key_usage_table_name: the table with the day on which each was last used.
    """

    key_table_name: str
    key_usage_table_name: str


class QueryEnvironment(_Environment):
    """The environment variables of the query function.

    Attributes:
        table_name: where records are.
        tenant_role_arn: the role that reads the rows of the tenant it is assumed for.
        auth: how tenants prove who they are; never `none`.
        tenant_claim: the claim of a JSON Web Token that names the tenant.
        scope_claim: the claim that names its scopes; where empty, every token has all of them.
    """

    table_name: str
    tenant_role_arn: str
    auth: Literal["api-key", "jwt"]
    tenant_claim: str
    scope_claim: str
