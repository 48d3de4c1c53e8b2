"""Cursors: where a page ended, in a form that is valid only for the tenant and the parameters it was made for."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from handlers.logs.time_range import LAST_MILLISECOND, TimeRange
from handlers.web.refusals import Code, Refused

# What `handlers.logs.record.sort_key` makes, behind what the page was asked for. DynamoDB takes neither an empty key
# nor one over 1024 bytes.
_SPELLED = re.compile(
    r"(?P<made_for>[0-9a-f]{32})/(?:(?P<since>[0-9]{1,15})-(?P<until>[0-9]{1,15}))?/(?P<key>[!-.0-~]{1,262})"
)


class Cursor(NamedTuple):
    """Where a page ended.

    It names a key, not a count: what is stored or expires in the meantime moves no page.

    Attributes:
        key: the key after which the next page begins.
        times: the time range of the first page, because `15m` would be another one for each page; None for a page of
            logs by id.
    """

    key: str
    times: TimeRange | None = None

    def spelled(self, *, tenant_id: str, parameters: Mapping[str, str]) -> str:
        """Return the cursor as a client keeps it.

        Args:
            tenant_id: whose logs the page shows.
            parameters: what the page was asked for with, other than its size.
        """
        times = f"{self.times.since}-{self.times.until}" if self.times else ""
        written = f"{_digest(tenant_id, parameters)}/{times}/{self.key}"
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, spelled: str, *, tenant_id: str, parameters: Mapping[str, str]) -> "Cursor":
        """Return the cursor that a client sends back.

        Raises:
            Refused: the cursor was not made for this tenant and these parameters.
        """
        match = _SPELLED.fullmatch(_decoded(spelled))
        if match is None or match["made_for"] != _digest(tenant_id, parameters):
            raise not_valid()
        if match["since"] is None:
            return cls(match["key"])
        times = TimeRange(int(match["since"]), int(match["until"]))
        if not times.since < times.until <= LAST_MILLISECOND:
            raise not_valid()
        return cls(match["key"], times)


def not_valid() -> Refused:
    """Return the refusal of a cursor that no page returned for this request."""
    return Refused(
        Code.INVALID_REQUEST,
        "The cursor is not valid for this tenant and these parameters; send one from a page, with the parameters that"
        " the page was asked for with. Only limit may change.",
    )


def _digest(tenant_id: str, parameters: Mapping[str, str]) -> str:
    # Only to notice mistakes: whoever forges one reads no more than the credential allows.
    written = json.dumps([tenant_id, sorted(parameters.items())])
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def _decoded(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
