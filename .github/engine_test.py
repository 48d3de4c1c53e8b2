"""Brings the program up with the real Pulumi CLI and AWS provider on the embedded cloud, uses it, and destroys it.

Run it from the root of the checkout, with `pulumi` on the path: .venv/bin/python .github/engine_test.py
It needs no account.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, os.getcwd())

from local.emulator import Emulator, free_port

STACK = "engine-test"
SERVICES = ("apigatewayv2", "cloudwatch", "dynamodb", "iam", "kms", "lambda", "logs", "sqs", "sts")
PATIENCE_SECONDS = 60


def settings(endpoint: str) -> dict[str, str]:
    """Return the configuration: the provider talks to the embedded cloud only, and looks for nothing elsewhere."""
    return {
        "aws:region": "us-east-1",
        "aws:endpoints": json.dumps([dict.fromkeys(SERVICES, endpoint)]),
        "aws:skipCredentialsValidation": "true",
        "aws:skipMetadataApiCheck": "true",
        "aws:skipRegionValidation": "true",
        "packageFor": "host",
        "processingSecondsPerChar": "0",
        "deletionProtection": "false",
        "pointInTimeRecovery": "false",
    }


def pulumi(*arguments: str) -> str:
    """Run the CLI on the stack; its progress goes to this script's standard error."""
    command = ["pulumi", *arguments, "--stack", STACK, "--non-interactive"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def local_url(url: str, emulator: Emulator) -> str:
    """Return where the embedded cloud answers: AWS has an API's id in the host name, the embedded cloud in the path."""
    if url.startswith(emulator.endpoint_url):
        return url
    address = urllib.parse.urlsplit(url)
    return f"{emulator.endpoint_url}/_aws/execute-api/{address.netloc.partition('.')[0]}{address.path}"


def send_and_read(emulator: Emulator, outputs: dict[str, str]) -> None:
    """Send a log and wait until its record is there, redacted."""
    body = json.dumps({"tenant_id": "acme", "log_id": "1", "text": "call 555-0199"}).encode()
    url = local_url(outputs["ingest_url"], emulator)
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 202, answer.status
    key = {"tenant_id": {"S": "acme"}, "log_id": {"S": "1"}}
    end = time.monotonic() + PATIENCE_SECONDS
    item = None
    while item is None and time.monotonic() < end:
        item = emulator.cloud.client("dynamodb").get_item(TableName=outputs["table_name"], Key=key).get("Item")
        time.sleep(0.5)
    assert item, "the log was not stored"
    assert item["modified_data"]["S"] == "call [REDACTED]", item["modified_data"]


def main() -> None:
    """Up, use, up again without a change, destroy."""
    with tempfile.TemporaryDirectory() as folder, Emulator(port=free_port(), log=Path(folder) / "log") as emulator:
        os.environ |= {
            "AWS_ACCESS_KEY_ID": emulator.root_key.key_id,
            "AWS_SECRET_ACCESS_KEY": emulator.root_key.secret,
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_CONFIG_PASSPHRASE": "",
        }
        pulumi("stack", "init")
        for key, value in settings(emulator.endpoint_url).items():
            pulumi("config", "set", key, value)
        try:
            pulumi("up", "--yes", "--skip-preview")
            send_and_read(emulator, json.loads(pulumi("stack", "output", "--json")))
            pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
        finally:
            pulumi("destroy", "--yes", "--skip-preview")
            Path(f"Pulumi.{STACK}.yaml").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
