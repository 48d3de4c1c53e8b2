"""AWS clients, one per service and process, made when first needed; with botocore, which starts faster than boto3."""

from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.loaders import Loader

from handlers.aws.acting_credentials import ActingCredentials

# Calls give up early enough to leave the caller time for an answer of its own. With a fixed user agent
# botocore does not build one for every call. Ten connections: a batch has ten messages, which call concurrently.
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
    """Return this process's client of a service; each call is signed with its thread's acting credentials."""
    session = _new_session()
    session.register_component("credential_provider", _ActingCredentialsProvider())
    return session.create_client(service, config=_CONFIG)


@lru_cache
def _session() -> Any:
    return _new_session()


def _new_session() -> Any:
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    # Lambda passes the role's credentials in environment variables. botocore would also prepare to look in files and
    # on the network, where a function has none.
    session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session


@lru_cache
def _loader() -> Loader:
    # Shared by the sessions: it keeps what it has read, and the list of all endpoints takes long to read.
    return _LoaderOfOurServices()


class _LoaderOfOurServices(Loader):  # type: ignore[misc]  # botocore ships no types
    """Knows the services that we use, without listing botocore's four hundred directories."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's own name
        return ["dynamodb", "kms", "sqs", "sts"]


class _ActingCredentialsProvider:
    def load_credentials(self) -> ActingCredentials:
        return ActingCredentials()
