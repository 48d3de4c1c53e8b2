"""The plain route with our client settings: shows what the settings alone save."""

from __future__ import annotations

import boto3

from bench.compare.alternatives import plain
from handlers.aws.clients import _CONFIG

sqs = plain.sqs = boto3.client("sqs", config=_CONFIG)
handler = plain.handler
