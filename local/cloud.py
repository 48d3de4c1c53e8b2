"""The clients of one embedded cloud, with its root key."""

from __future__ import annotations

import json
import os
import threading
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from local.root_key import RootKey

REGION = "us-east-1"
PEEK_SECONDS = 30


class Cloud:
    """An AWS API at one endpoint; may be used by several threads at once."""

    def __init__(self, endpoint_url: str, root_key: RootKey) -> None:
        self.endpoint_url = endpoint_url
        self.root_key = root_key
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """Return the client of a service, always the same one."""
        with self._lock:  # boto3 makes clients in a session that threads must not share
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def peek(self, queue_url: str) -> list[dict[str, Any]]:
        """Return the messages of a queue without receiving them, which SQS itself cannot do."""
        url = f"{self.endpoint_url}/_ministack/sqs/messages?{urlencode({'QueueUrl': queue_url})}"
        signed = AWSRequest(method="GET", url=url)
        SigV4Auth(Credentials(self.root_key.key_id, self.root_key.secret), "sqs", REGION).add_auth(signed)
        request = urllib.request.Request(url, headers=dict(signed.headers))  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=PEEK_SECONDS) as answer:  # noqa: S310 - loopback
            accounts = json.load(answer)["messages"]
        return [
            message
            for regions in accounts.values()
            for queues in regions.values()
            for messages in queues.values()
            for message in messages
        ]

    def _new_client(self, service: str) -> Any:
        return _session().client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.root_key.key_id,
            aws_secret_access_key=self.root_key.secret,
            aws_session_token="",
            config=Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 2}, proxies={}),
        )


def _session() -> boto3.Session:
    """Return a session that takes nothing from the profile of the person at the keyboard, not even its absence."""
    unset = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=unset))
