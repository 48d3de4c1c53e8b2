"""Filters: an attribute is found by its whole key, at any level, and a text in exactly its case."""

from typing import Any

import pytest

from cli.logs.filters import Attribute, Filters

ATTRIBUTES: dict[str, Any] = {
    "resource": {"service.name": "shop", "host": {"name": "web1"}},
    "labels": {"env": "live", "a.b": {"c": "deep"}},
    "status": 502,
    "ratio": 1.5,
    "ok": True,
    "none": None,
    "tags": ["red", "blue", {"size": "xl"}],
    "empty": {},
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service.name", "shop"),
        ("resource.service.name", "shop"),
        ("host.name", "web1"),
        ("resource.host.name", "web1"),
        ("name", "web1"),
        ("env", "live"),
        ("a.b.c", "deep"),
        ("labels.a.b.c", "deep"),
        ("status", "502"),
        ("ratio", "1.5"),
        ("ok", "true"),
        ("none", "null"),
        ("tags", "blue"),
        ("tags.size", "xl"),
    ],
)
def test_an_attribute_is_found_by_its_key_at_any_level(name: str, value: str) -> None:
    assert Attribute(name, value).is_in(ATTRIBUTES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "shop"),  # `service.name` is one key
        ("service", "shop"),
        ("resource.service", "shop"),
        ("service.name", "Shop"),
        ("service.name", ""),
        ("b.c", "deep"),
        ("resource.name", "web1"),
        ("host", "web1"),
        ("status", "50"),
        ("ok", "True"),
        ("empty", "{}"),
        ("missing", "null"),
    ],
)
def test_any_other_key_or_value_is_another_attribute(name: str, value: str) -> None:
    assert not Attribute(name, value).is_in(ATTRIBUTES)


def test_a_log_must_have_all_that_is_asked_for() -> None:
    log = {"modified_data": "Payment refused", "attributes": ATTRIBUTES}
    shop, other = Attribute("service.name", "shop"), Attribute("env", "test")

    assert Filters("", ()).hold({"modified_data": "x"})
    assert Filters("refused", (shop,)).hold(log)
    assert not Filters("REFUSED", (shop,)).hold(log)
    assert not Filters("refused", (shop, other)).hold(log)
    assert not Filters("refused", (shop,)).hold({"modified_data": "Payment refused"})
