"""Acting credentials: the keys that sign the calls of the current thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from botocore.credentials import Credentials, ReadOnlyCredentials

_ACTING: ContextVar[ReadOnlyCredentials] = ContextVar("acting")


@contextmanager
def acting_with(credentials: ReadOnlyCredentials) -> Iterator[None]:
    """Sign this thread's calls of tenant-scoped clients with these credentials, within the block."""
    token = _ACTING.set(credentials)
    try:
        yield
    finally:
        _ACTING.reset(token)


class ActingCredentials(Credentials):
    """Credentials of a tenant-scoped client: at every signature, those that the thread acts with.

    So one client, with its connections, serves all tenants. A call outside of `acting_with` fails with
    LookupError before anything is sent.
    """

    def __init__(self) -> None:
        super().__init__(access_key="", secret_key="")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return what botocore signs the next call with."""
        return _ACTING.get()
