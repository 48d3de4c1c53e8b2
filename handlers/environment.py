"""The environment: what the stack tells each function, typed; the only module of `handlers` that reads it."""

import os
from functools import lru_cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field


class _Environment(BaseModel):
    model_config = ConfigDict(frozen=True)

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


class IngestEnvironment(_Environment):
    """What the ingest function is told.

    Attributes:
        ingest_queue_url: where envelopes go.
        max_text_chars: longest text that one message may carry, in characters.
    """

    ingest_queue_url: str
    max_text_chars: Annotated[int, Field(ge=1)]


class WorkerEnvironment(_Environment):
    """What the worker function is told.

    Attributes:
        ingest_queue_url: where envelopes come from.
        dead_letter_queue_url: where messages go that can never work.
        table_name: where records go.
        processing_seconds_per_char: simulated cost of one character, in seconds.
        retry_delay_seconds: how long the first failure waits until it is tried again; later ones wait longer.
        keep_original_text: whether a record holds what came in.
        record_retention_days: days until a record expires; 0 keeps it for good.
        chaos: whether texts that begin with `chaos:` make their processing fail.
    """

    ingest_queue_url: str
    dead_letter_queue_url: str
    table_name: str
    processing_seconds_per_char: Annotated[float, Field(ge=0)]
    retry_delay_seconds: Annotated[int, Field(ge=0)]
    keep_original_text: bool
    record_retention_days: Annotated[int, Field(ge=0)]
    chaos: bool
