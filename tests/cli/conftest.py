"""Fixtures for the tests of the command line."""

import pytest

from tests.support.cli_fixtures import operator_of

operator = pytest.fixture(operator_of)
