"""A stack that exists survives an update: every resource that it has keeps its URN, by which Pulumi knows it."""

import json

import pytest

from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import AUTHENTICATIONS, Registered, deploy, deployed

PREFIX = "urn:pulumi:test::robust-data-processor::"
# What stacks had when this list was made, before 1.0. What is added later may be added here, but nothing taken away.
STACKS_BY_URN: dict[str, list[str]] = json.loads((ROOT / "tests/infra/urns_of_existing_stacks.json").read_text())


def registered_in(stack: str) -> Registered:
    return deploy(ingress=stack) if stack == "function-url" else deployed(stack)


@pytest.mark.parametrize("stack", [*AUTHENTICATIONS, "function-url"])
def test_an_update_knows_every_resource_of_an_existing_stack(stack: str) -> None:
    existing = {urn for urn, stacks in STACKS_BY_URN.items() if stack in stacks}

    known = {resource.engine_urn.removeprefix(PREFIX) for resource in registered_in(stack).resources}

    assert len(existing) > 30
    assert existing - known == set(), "Pulumi would delete these and create others; give what moved an alias"
