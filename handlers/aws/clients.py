"""AWS clients, one per service and process, made when first needed."""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

# A fixed user agent spares botocore building one for every call.
USER_AGENT = "robust-data-processor"


@lru_cache
def client(service: str, *, max_connections: int = 10) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    """Return this process's client of a service.

    Calls give up early enough to leave the caller time for an answer of its own: two tries of at most 1 s to
    connect and 2 s to be answered.

    Args:
        service: as boto3 names it.
        max_connections: how many threads call at the same time.
    """
    config = Config(
        user_agent=USER_AGENT,
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=max_connections,
    )
    return boto3.client(service, config=config)
