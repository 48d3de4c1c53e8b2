"""The random cuts: they are made inside texts, and their parts join to the whole."""

import pytest
from click.testing import CliRunner

from bench.accuracy import cuts


def test_every_cut_joins_to_the_whole() -> None:
    result = CliRunner().invoke(cuts.cuts, ["--cuts", "5000"])

    assert result.exit_code == 0, result.output
    assert result.output.startswith("5,000 cuts, ")


def test_a_cut_that_changes_what_is_redacted_is_reported_with_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "safe_cut", lambda _text, position, **_kinds: position)

    result = CliRunner().invoke(cuts.cuts, ["--cuts", "5000"])

    assert result.exit_code == 1
    assert "changes what is redacted of" in result.output
