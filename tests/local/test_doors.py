"""Requests through every door: one for each path, and the ids that their logs get."""

import pytest

from handlers.web.doors import MODULES
from local.doors import _WRITERS, DoorRequest, Logs, request_through

LOGS = Logs(tenant_id="acme", texts=["a", "b", "a"], time_ns=1_769_899_677_559_836_123, request_id="r1")


def test_there_is_a_request_for_every_door() -> None:
    assert _WRITERS.keys() == MODULES.keys()


@pytest.mark.parametrize("path", MODULES)
def test_every_log_has_an_id_of_its_own_and_the_same_when_it_is_sent_again(path: str) -> None:
    ids = request_through(path, LOGS).log_ids()

    assert len(set(ids)) == len(LOGS.texts)
    assert request_through(path, LOGS).log_ids() == ids


def test_a_path_without_a_door_has_no_ids() -> None:
    with pytest.raises(ValueError, match="there is no door at /x; there are /ingest, "):
        DoorRequest(path="/x", body="").log_ids()
