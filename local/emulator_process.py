"""Runs MiniStack in this process until standard input closes, and then ends the whole process group.

Started by `local.emulator` as the leader of a session of its own. Standard input is a pipe that only the starting
process holds open, so the end of that process, however it comes, is the end of this one and of every Lambda worker.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from pathlib import Path

_LAMBDA_RUNTIME = Path(__file__).resolve().parent / "lambda_runtime"


def main() -> None:
    """Close MiniStack's gaps, then serve until standard input closes."""
    folder = os.environ["TMPDIR"]
    threading.Thread(target=_end_with_the_starter, args=(folder,), daemon=True).start()
    _make_lambda_children_start_as_on_aws()

    # MiniStack reads its environment when it is imported.
    from local.gaps.events import limit_events
    from local.gaps.gate import close_gate
    from local.gaps.iam import close_iam_gaps
    from local.gaps.paths import keep_trailing_slashes
    from local.gaps.preflights import route_preflights
    from local.gaps.queues import close_queue_gaps

    close_gate()
    close_iam_gaps()
    close_queue_gaps()
    route_preflights()
    keep_trailing_slashes()
    limit_events()
    os.chdir(folder)  # Python's own search path begins with the folder it was started in: not the checkout
    sys.argv = ["ministack"]

    from ministack.app import main as serve

    serve()


def _end_with_the_starter(folder: str) -> None:
    # A prctl(PR_SET_PDEATHSIG) would end MiniStack alone and leave a hanging Lambda worker behind.
    while os.read(sys.stdin.fileno(), 1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def _make_lambda_children_start_as_on_aws() -> None:
    """Set what the Lambda workers inherit; this interpreter has read its own PYTHONPATH already."""
    os.environ["PYTHONPATH"] = str(_LAMBDA_RUNTIME)


if __name__ == "__main__":
    main()
