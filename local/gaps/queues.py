"""Makes MiniStack's queues safe between its threads, or fails if MiniStack has changed.

MiniStack 1.5.33 changes a queue's list of messages from its event loop (send, delete) and from its pollers (receive,
move to the dead-letter queue, delete), and replaces the whole list where it takes something out. Only the pollers hold
its lock. Where a poller is interrupted between reading the list and replacing it, what was sent meanwhile is lost, and
what was deleted meanwhile is back; AWS does neither. Here everybody holds the lock.
"""

from __future__ import annotations

import functools
import inspect
import threading
from typing import TYPE_CHECKING, Any

from ministack.services import sqs

from local.gaps.iam import WRITTEN_FOR, MiniStackChangedError

if TYPE_CHECKING:
    from collections.abc import Callable

_HELPERS = ("_expire_retained", "_dlq_sweep", "_collect_msgs")
"""What a long poll calls between its waits, during which it must not hold the lock."""


def close_queue_gaps() -> None:
    """Put every change of a queue under MiniStack's own lock; call it before MiniStack serves.

    Raises:
        MiniStackChangedError: what is relied on is gone.
    """
    missing = [name for name in ("_queues_lock", "_HANDLERS", *_HELPERS) if not hasattr(sqs, name)]
    if missing:
        raise MiniStackChangedError(
            f"local/gaps/queues.py was written for MiniStack {WRITTEN_FOR}, and ministack.services.sqs has no"
            f" {', '.join(missing)} any more; adapt it or pin {WRITTEN_FOR}"
        )
    sqs._queues_lock = threading.RLock()  # the pollers hold it when they call the helpers
    for name in _HELPERS:
        setattr(sqs, name, _locked(getattr(sqs, name)))
    for action, handler in sqs._HANDLERS.items():
        if not inspect.iscoroutinefunction(handler):
            sqs._HANDLERS[action] = _locked(handler)


def _locked(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def locked(*arguments: Any) -> Any:
        with sqs._queues_lock:
            return function(*arguments)

    return locked
