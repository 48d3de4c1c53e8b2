"""The logs that the README and the demonstration send, and how they are sent."""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One request to `POST /ingest`."""

    tenant_id: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_curl(self, url: str) -> str:
        """Return the command that sends it, ready to paste into a shell."""
        words = ["curl", "-sS", "-X", "POST", url]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        return shlex.join([*words, "-d", self.body])

    def send(self, url: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of the answer."""
        status, answer = post(url, self.body, self.headers)
        return status, json.loads(answer)


def post(url: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return the status and the body of the answer to a request."""
    request = urllib.request.Request(  # noqa: S310 - the URL is one of this program's own
        url, data=body.encode(), headers=dict(headers), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def json_log(*, tenant_id: str, log_id: str, text: str) -> Scenario:
    """Return the request that sends a log as JSON."""
    body = json.dumps({"tenant_id": tenant_id, "log_id": log_id, "text": text})
    return Scenario(tenant_id=tenant_id, body=body, headers={"Content-Type": "application/json"})


def text_log(*, tenant_id: str, text: str) -> Scenario:
    """Return the request that sends a log as plain text."""
    return Scenario(tenant_id=tenant_id, body=text, headers={"Content-Type": "text/plain", "X-Tenant-ID": tenant_id})


JSON_SCENARIO = json_log(tenant_id="acme", log_id="123", text="User 555-0199...")
TEXT_SCENARIO = text_log(tenant_id="beta_inc", text="Error: contact admin@company.com or call 123-456-7890")
