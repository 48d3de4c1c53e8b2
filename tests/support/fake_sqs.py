"""SQS as the ingest function sees it: keeps what it is sent, and refuses what SQS would refuse."""

import json
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

Entry = dict[str, Any]

_TAKEN = re.compile(r"[\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


def client_error(code: str, operation: str = "Call") -> ClientError:
    """Return an error as boto3 raises it, with a message that must not reach anybody."""
    return ClientError({"Error": {"Code": code, "Message": "a secret message"}}, operation)


class FakeSqs:
    """One queue.

    Attributes:
        sent: the entries that were taken, in the order in which they arrived.
        calls: the entries of each call.
        refuse: says of one entry, and of how often it was tried before, with which code it is refused.
        depth: how many messages it says that it holds.
        depth_calls: how often it was asked.
        fail: says of one call, counted from 0, which error it raises.
    """

    def __init__(self) -> None:
        self.sent: list[Entry] = []
        self.calls: list[list[Entry]] = []
        self.refuse: Callable[[Entry, int], str | None] = lambda _entry, _tries: None
        self.fail: Callable[[int], Exception | None] = lambda _call: None
        self.depth: int | Exception = 0
        self.depth_calls = 0
        self._lock = threading.Lock()
        self._tries: dict[str, int] = {}

    def envelopes(self) -> list[dict[str, Any]]:
        """Return the envelopes that were taken."""
        return [json.loads(entry["MessageBody"]) for entry in self.sent]

    def texts(self) -> list[str]:
        """Return the texts that were taken."""
        return [envelope["text"] for envelope in self.envelopes()]

    def texts_in_order(self) -> list[str]:
        """Return the texts that were taken, part by part: batches are sent concurrently."""
        return [envelope["text"] for envelope in sorted(self.envelopes(), key=lambda envelope: envelope["part"])]

    def get_queue_attributes(self, **arguments: Any) -> dict[str, Any]:
        """Tell the depth, all of it as visible messages."""
        self.depth_calls += 1
        if isinstance(self.depth, Exception):
            raise self.depth
        attributes = dict.fromkeys(arguments["AttributeNames"], "0")
        return {"Attributes": attributes | {"ApproximateNumberOfMessages": str(self.depth)}}

    def send_message(self, *, QueueUrl: str, **message: Any) -> dict[str, Any]:
        """Take one message."""
        answer = self.send_message_batch(QueueUrl=QueueUrl, Entries=[{"Id": message["MessageBody"], **message}])
        if answer["Failed"]:
            raise client_error(answer["Failed"][0]["Code"])
        return {"MessageId": answer["Successful"][0]["MessageId"]}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Entry]) -> dict[str, Any]:
        """Take the messages of a batch, each by itself."""
        assert QueueUrl
        with self._lock:
            call = len(self.calls)
            self.calls.append(list(Entries))
        if (error := self.fail(call)) is not None:
            raise error
        _check(Entries)
        successful, failed = [], []
        for entry in Entries:
            with self._lock:
                tries = self._tries[entry["Id"]] = self._tries.get(entry["Id"], -1) + 1
                code = self.refuse(entry, tries)
                if code:
                    failed.append({"Id": entry["Id"], "Code": code, "SenderFault": False})
                    continue
                successful.append({"Id": entry["Id"], "MessageId": f"message-{len(self.sent)}"})
                self.sent.append(entry)
        return {"Successful": successful, "Failed": failed}


def _check(entries: Sequence[Entry]) -> None:
    if not 1 <= len(entries) <= 10:
        raise client_error("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise client_error("AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
    if sum(len(entry["MessageBody"].encode()) for entry in entries) > 1024 * 1024:
        raise client_error("AWS.SimpleQueueService.BatchRequestTooLong")
    if not all(_TAKEN.fullmatch(entry["MessageBody"]) for entry in entries):
        raise client_error("InvalidMessageContents")
    if not all(re.fullmatch(r"[!-~]{1,128}", entry["MessageGroupId"]) for entry in entries):
        raise client_error("InvalidParameterValue")
