"""Everything that takes tags says which project, stack and component it belongs to."""

import importlib
import inspect
from functools import cache

import pytest

from tests.support.pulumi_recorder import AUTHENTICATIONS, PROJECT, deploy, deployed


@cache
def takes_tags(type_: str) -> bool:
    """Tell by the provider's own class whether a type such as `aws:sqs/queue:Queue` takes tags."""
    _, module, name = type_.split(":")
    package = module.partition("/")[0].replace("lambda", "lambda_")
    resource = getattr(importlib.import_module(f"pulumi_aws.{package}"), name)
    return "tags" in inspect.signature(resource._internal_init).parameters


@pytest.mark.parametrize("stack", [*AUTHENTICATIONS, "function-url"])
def test_every_taggable_resource_has_these_tags(stack: str) -> None:
    registered = deploy(ingress=stack) if stack == "function-url" else deployed(stack)
    tagged = [each for each in registered.resources if each.type.startswith("aws:") and takes_tags(each.type)]

    assert {each.type for each in tagged} >= {"aws:sqs/queue:Queue", "aws:lambda/function:Function"}
    for resource in tagged:
        component = resource["tags"]["component"]
        assert resource["tags"] == {"project": PROJECT, "stack": "test", "component": component}
        assert resource.name == component or resource.name.startswith(f"{component}-")
