"""Each part of the pipeline can be used alone: the example in its docstring is a program that runs."""

import textwrap

import pulumi
import pulumi_aws as aws
import pytest

from infra.durable_queue import DurableQueue
from infra.function import PythonFunction
from infra.queue_consumer import QueueConsumer, QueueConsumerArgs
from infra.tenant_access import TenantAccess
from infra.tenant_table import TenantTable
from tests.support.pulumi_recorder import Provision, arn

PARTS = (DurableQueue, TenantTable, TenantAccess, PythonFunction, QueueConsumer)
LINES = 12


def example(part: type) -> str:
    """Return the program in a part's docstring: what follows `::`."""
    return textwrap.dedent((part.__doc__ or "").partition("::\n\n")[2])


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_example_of_a_part_makes_it_and_is_short(provision: Provision, part: type) -> None:
    program = example(part)

    registered = provision(lambda: exec(program, {}))

    assert registered.all(f"robust-data-processor:infra:{part.__name__}")
    assert len(program.split("\n")) <= LINES


def test_a_consumer_takes_resources_of_the_provider_too(provision: Provision) -> None:
    def program() -> None:
        function = aws.lambda_.Function("shop", role=arn("iam", "shop"), code=pulumi.FileArchive("shop.zip"))
        QueueConsumer("shop", QueueConsumerArgs(function=function, queue=aws.sqs.Queue("orders")))

    mapping = provision(program).one("aws:lambda/eventSourceMapping:EventSourceMapping", "shop")

    assert (mapping["functionName"], mapping["eventSourceArn"]) == (arn("lambda", "shop"), arn("sqs", "orders"))
