"""The clients of one embedded cloud, with its root credentials."""

from __future__ import annotations

import os
import threading
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

REGION = "us-east-1"
ROOT_KEY_ID = "test"
ROOT_SECRET = "test"  # noqa: S105 - MiniStack's own root credentials, good on loopback only


class Cloud:
    """An AWS API at one endpoint; may be used by several threads at once."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """Return the client of a service, always the same one."""
        with self._lock:  # boto3 makes clients in a session that threads must not share
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: str) -> Any:
        return _session().client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY_ID,
            aws_secret_access_key=ROOT_SECRET,
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
