"""A consumer takes batches, gives back what failed, and never more at once than it should."""

import pulumi
import pytest

from infra.durable_queue import DurableQueue, DurableQueueArgs
from infra.function import PythonFunction, PythonFunctionArgs
from infra.queue_consumer import QueueConsumer, QueueConsumerArgs
from tests.support.pulumi_recorder import Provision, Registered, arn

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"


@pytest.fixture
def registered(provision: Provision) -> Registered:
    def program() -> None:
        queue = DurableQueue("ingest", DurableQueueArgs(consumer_timeout_seconds=60))
        function = PythonFunction(
            "worker",
            PythonFunctionArgs(
                handler="handlers.worker.handler",
                code=pulumi.FileArchive("package.zip"),
                architecture="arm64",
                memory_mb=256,
                timeout_seconds=60,
                log_retention_days=7,
                permissions=(queue.allow_consume(),),
            ),
        )
        args = QueueConsumerArgs(function=function, queue=queue, batch_size=7, max_concurrency=3)
        QueueConsumer("worker", args)

    return provision(program)


def test_the_function_gets_the_queue_s_messages_in_batches(registered: Registered) -> None:
    mapping = registered.one(MAPPING, "worker")

    assert mapping["eventSourceArn"] == arn("sqs", "ingest")
    assert mapping["functionName"] == arn("lambda", "worker")
    assert mapping["batchSize"] == 7


def test_only_the_failed_messages_of_a_batch_come_back(registered: Registered) -> None:
    assert registered.one(MAPPING, "worker")["functionResponseTypes"] == ["ReportBatchItemFailures"]


def test_concurrency_is_limited_by_the_mapping_and_not_reserved(registered: Registered) -> None:
    mapping = registered.one(MAPPING, "worker")
    function = registered.one("aws:lambda/function:Function", "worker")

    assert mapping["scalingConfig"] == {"maximumConcurrency": 3}
    assert "reservedConcurrentExecutions" not in function.inputs


def test_the_mapping_is_created_after_the_permissions_that_aws_checks(registered: Registered) -> None:
    function = registered.one("aws:lambda/function:Function", "worker")
    policy = registered.one("aws:iam/rolePolicy:RolePolicy", "worker")

    assert registered.one(MAPPING, "worker").depends_on(function)
    assert function.depends_on(policy)


def test_consuming_needs_four_actions_on_the_one_queue(registered: Registered) -> None:
    on_the_queue = {action for action, resource in registered.grants_of("worker") if resource == arn("sqs", "ingest")}

    assert on_the_queue == {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ChangeMessageVisibility",
    }
