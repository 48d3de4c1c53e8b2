"""What deploys or runs in Lambda is pinned with hashes, all of it."""

import re

import pytest

from tests.support.checkout import ROOT

LOCKED = ["requirements", "requirements-lambda"]


@pytest.mark.parametrize("name", LOCKED)
def test_every_requirement_is_pinned_with_a_hash(name: str) -> None:
    lines = (ROOT / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]

    assert len(requirements) > 3
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement


@pytest.mark.parametrize("name", LOCKED)
def test_every_listed_requirement_is_pinned(name: str) -> None:
    asked = re.findall(r"^([a-z].*==\S+)$", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    pinned = re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)

    assert asked
    assert set(asked) <= set(pinned)


def test_a_package_is_pinned_to_the_same_version_everywhere() -> None:
    versions: dict[str, set[str]] = {}
    for path in ROOT.glob("requirements*.txt"):
        for name, version in re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==(\S+)", path.read_text(), re.MULTILINE):
            versions.setdefault(name, set()).add(version)

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_no_pinned_file_names_a_host() -> None:
    for path in ROOT.glob("requirements*"):
        assert "://" not in path.read_text(), path.name
