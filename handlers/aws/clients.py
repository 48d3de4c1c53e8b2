"""AWS clients, one per service and process, made when first needed; by botocore, for boto3 takes longer to start."""

from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.loaders import Loader

from handlers.aws.acting_credentials import ActingCredentials

# Calls give up early enough to leave the caller time for an answer of its own. A fixed user agent spares
# botocore building one for every call. Ten connections: a batch has ten messages, which call concurrently.
_CONFIG = Config(
    user_agent="robust-data-processor",
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=10,
)


@lru_cache
def client(service: str) -> Any:
    """Return this process's client of a service, under the function's own role."""
    return _session().create_client(service, config=_CONFIG)


@lru_cache
def tenant_scoped_client(service: str) -> Any:
    """Return this process's client of a service; each call is signed with what its thread acts with."""
    session = _new_session()
    session.register_component("credential_provider", _ActingCredentialsProvider())
    return session.create_client(service, config=_CONFIG)


@lru_cache
def _session() -> Any:
    # One for all: it keeps the endpoints' description, which takes long to read.
    return _new_session()


def _new_session() -> Any:
    session = botocore.session.Session()
    session.register_component("data_loader", _LoaderOfOurServices())
    # Lambda tells a function its role's credentials in the environment. The other places that botocore would prepare to
    # ask, files and the network, have nothing to say to a function.
    session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session


class _LoaderOfOurServices(Loader):  # type: ignore[misc]  # as above
    """Reads the descriptions of services, and does not look for others: botocore has four hundred directories."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's own name
        return ["dynamodb", "kms", "sqs", "sts"]


class _ActingCredentialsProvider:
    def load_credentials(self) -> ActingCredentials:
        return ActingCredentials()
