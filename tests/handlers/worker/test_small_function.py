"""A small function: with 0.29 of a core, a retried batch of full-size logs is stored in time."""

import json
import subprocess
import sys

import pytest

from tests.support.checkout import ROOT
from tests.support.retried_batch import WORK_SECONDS
from tests.support.throttling import SHARE_OF_512_MB, held_to


@pytest.mark.slow
def test_ten_full_size_logs_of_a_retried_batch_are_stored_with_the_cpu_of_512_mb() -> None:
    worker = [sys.executable, "-m", "tests.support.retried_batch"]

    with (
        subprocess.Popen(worker, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running,
        held_to(SHARE_OF_512_MB, running.pid),
    ):
        written, _ = running.communicate(timeout=120)

    ended = json.loads(written)
    assert ended["came_back"] == 0
    # It was held back: with a whole core the batch takes a quarter of a second more than its work.
    assert ended["seconds"] > WORK_SECONDS + 0.5
