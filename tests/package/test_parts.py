"""Every part in the package takes what the component of `infra` takes, and makes the same."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import grpc
import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer
from pydantic.alias_generators import to_camel

from infra.customer_key import CustomerKey
from infra.durable_queue import DurableQueue, DurableQueueArgs
from infra.function import PythonFunction, PythonFunctionArgs
from infra.permission import Permission
from infra.queue_consumer import QueueConsumer, QueueConsumerArgs
from infra.tenant_access import TenantAccess, TenantAccessArgs
from infra.tenant_table import TenantTable, TenantTableArgs
from package.generate import SCHEMA
from tests.support.plugin import CODE, UNKNOWN, Plugin
from tests.support.pulumi_recorder import Provision, Registered, arn

PACKAGE = "robust-data-processor:index"
KEY = "arn:aws:kms:us-east-1:123456789012:key/audit"
RESOURCES: dict[str, Any] = json.loads(SCHEMA.read_text())["resources"]
ARGS = {
    "DurableQueue": DurableQueueArgs,
    "PythonFunction": PythonFunctionArgs,
    "QueueConsumer": QueueConsumerArgs,
    "TenantAccess": TenantAccessArgs,
    "TenantTable": TenantTableArgs,
}
# What stands for a value of Python that no other language has; None: nothing does.
ELSEWHERE = {
    "key": "kmsKeyArn",
    "table": "tableArn",
    "assumed_by": "assumedByArn",
    "function": "functionArn",
    "queue": "queueArn",
    "after": None,
    "role": None,
}


@dataclass(frozen=True)
class Known:
    """A resource of which a program knows the ARN."""

    arn: pulumi.Output[str]


def known(service: str, name: str) -> Known:
    return Known(pulumi.Output.from_input(arn(service, name)))


def durable_queue() -> None:
    DurableQueue("orders", DurableQueueArgs(consumer_timeout_seconds=30, key=CustomerKey(arn=KEY)))


def tenant_table() -> None:
    TenantTable("orders", TenantTableArgs(record_retention_days=30, deletion_protection=False))


def tenant_access() -> None:
    actions = ("dynamodb:GetItem", "dynamodb:Query")
    args = TenantAccessArgs(
        table=known("dynamodb", "orders"), actions=actions, assumed_by=known("iam", "shop"), key=CustomerKey(arn=KEY)
    )
    TenantAccess("orders", args)


def queue_consumer() -> None:
    args = QueueConsumerArgs(function=known("lambda", "shop"), queue=known("sqs", "orders"), batch_size=5)
    QueueConsumer("orders", args)


def python_function() -> None:
    send = Permission(actions=("sqs:SendMessage",), resource=arn("sqs", "orders"))
    args = PythonFunctionArgs(
        handler="shop.handler",
        code=pulumi.FileArchive("package.zip"),
        memory_mb=256,
        environment={"QUEUE_URL": "https://queue"},
        permissions=(send,),
        tracing=True,
    )
    PythonFunction("orders", args)


SEND = {"actions": ["sqs:SendMessage"], "resource": arn("sqs", "orders")}
SAME = [
    (durable_queue, "DurableQueue", {"consumerTimeoutSeconds": 30, "kmsKeyArn": KEY}),
    (tenant_table, "TenantTable", {"recordRetentionDays": 30, "deletionProtection": False}),
    (
        tenant_access,
        "TenantAccess",
        {
            "tableArn": arn("dynamodb", "orders"),
            "actions": ["dynamodb:GetItem", "dynamodb:Query"],
            "assumedByArn": arn("iam", "shop"),
            "kmsKeyArn": KEY,
        },
    ),
    (
        queue_consumer,
        "QueueConsumer",
        {"functionArn": arn("lambda", "shop"), "queueArn": arn("sqs", "orders"), "batchSize": 5},
    ),
    (
        python_function,
        "PythonFunction",
        {
            "handler": "shop.handler",
            "code": CODE,
            "memoryMb": 256,
            "environment": {"QUEUE_URL": "https://queue"},
            "permissions": [SEND],
            "tracing": True,
        },
    ),
]


def made(registered: Registered) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the resources of AWS, with what makes code comparable."""
    return [
        (each.type, each.name, {key: getattr(value, "path", value) for key, value in each.inputs.items()})
        for each in registered.resources
        if each.type.startswith("aws:")
    ]


@pytest.mark.parametrize(("program", "part", "inputs"), SAME, ids=[part for _, part, _ in SAME])
def test_a_part_makes_what_the_component_of_infra_makes(
    provision: Provision, package: Plugin, program: Any, part: str, inputs: dict[str, Any]
) -> None:
    registered, state = package.construct(f"{PACKAGE}:{part}", "orders", **inputs)

    assert sorted(made(registered), key=str) == sorted(made(provision(program)), key=str)
    assert set(state) == set(RESOURCES[f"{PACKAGE}:{part}"]["properties"])
    assert registered.all(f"{PACKAGE}:{part}")[0].aliases == {f"robust-data-processor:infra:{part}"}


@pytest.mark.parametrize("part", ARGS)
def test_a_part_takes_every_argument_and_says_of_it_the_same(part: str) -> None:
    analyzer, taken = Analyzer(""), RESOURCES[f"{PACKAGE}:{part}"]
    fields = {field.name: field for field in dataclasses.fields(ARGS[part])}
    inputs = {name: ELSEWHERE.get(name, to_camel(name)) for name in fields}

    assert set(taken["inputProperties"]) == set(inputs.values()) - {None}
    for name in fields.keys() - ELSEWHERE.keys():
        described, default = taken["inputProperties"][inputs[name]]["description"], fields[name].default
        shown = "" if default in (dataclasses.MISSING, ()) else f" Default: {str(default).lower()}."
        assert described == f"{analyzer.get_docstring(ARGS[part], name)}{shown}"


def test_what_is_not_known_in_a_preview_may_be_anywhere_in_an_argument(package: Plugin) -> None:
    registered, _ = package.construct(
        f"{PACKAGE}:PythonFunction",
        "orders",
        preview=True,
        handler="shop.handler",
        code=CODE,
        environment={"QUEUE_URL": UNKNOWN},
        permissions=[{"actions": ["sqs:SendMessage"], "resource": UNKNOWN}],
    )

    assert registered.one("aws:lambda/function:Function", "orders")["handler"] == "shop.handler"


def test_a_permission_that_allows_more_than_it_says_is_refused_in_a_sentence(package: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        package.construct(
            f"{PACKAGE}:PythonFunction",
            "orders",
            handler="shop.handler",
            code=CODE,
            permissions=[{"actions": ["sqs:*"], "resource": arn("sqs", "orders")}],
        )

    assert "a permission names exact actions" in refused.value.details()
    assert "File " not in refused.value.details()
