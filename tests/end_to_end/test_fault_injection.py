"""A short run of `python -m bench chaos`: faults everywhere, then the audit."""

import pytest

from bench.chaos.faults import Fault
from bench.chaos.run import Run, run_mixed

pytestmark = pytest.mark.slow

SEED = 7
SECONDS = 12


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_mixed(seed=SEED, seconds=SECONDS, log=tmp_path_factory.mktemp("chaos") / "emulator.log")


@pytest.mark.timeout(300)
def test_every_202_is_exactly_one_record_or_exactly_one_dead_letter(run: Run) -> None:
    tally = run.tally

    assert tally.accepted > 50
    assert (tally.lost, tally.doubled, tally.altered) == (0, 0, 0), tally.examples
    assert tally.stored + tally.dead == tally.accepted


def test_many_faults_were_injected(run: Run) -> None:
    injected = {fault for _, fault in run.plan.injected}

    assert len(injected) >= 4
    assert any(Fault(fault).takes_effect for fault in injected)
    assert run.kills + run.second_deliveries + run.tally.invalid_messages > 3
