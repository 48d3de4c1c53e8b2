"""The door: what a protocol provides so that logs can arrive in it."""

from collections.abc import Callable
from typing import NamedTuple

from handlers.web.refusals import Refusal
from handlers.web.request import Request
from handlers.web.responses import Response
from handlers.web.submission import Submission


class Door(NamedTuple):
    """One protocol in which logs arrive.

    Attributes:
        read: returns what a request carries, for the tenant that the gateway vouches for (None where the stack asks for
            no credential), or raises `Refused`.
        refuse: returns the protocol's answer to a request that is refused as a whole.
        query: the query parameters that a request may have; `read` looks at what they say.
    """

    read: Callable[[Request, str | None], Submission]
    refuse: Callable[[Request, Refusal], Response]
    query: frozenset[str] = frozenset()
