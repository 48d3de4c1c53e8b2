"""The pack as the engine starts it: a process that answers as an analyzer."""

import subprocess
import sys
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pipeline_policies.pack import RULES
from tests.support.checkout import ROOT


@pytest.fixture
def analyzer(tmp_path: object) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    # As Pulumi does it: without -u, the port would wait in a buffer.
    command = [sys.executable, "-u", str(ROOT / "policy")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=str(tmp_path)) as process:
        try:
            assert process.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.kill()


def test_the_pack_offers_every_rule_as_one_that_blocks(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    offered = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=30).policies

    assert [policy.name for policy in offered] == [rule.name for rule in RULES]
    assert {policy.enforcementLevel for policy in offered} == {analyzer_pb2.MANDATORY}


def test_a_violation_says_what_to_do(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    type_ = "aws:cloudwatch/logGroup:LogGroup"
    request = analyzer_pb2.AnalyzeRequest(
        type=type_, name="worker", urn=f"urn:pulumi:prod::logs::{type_}::worker", properties=struct_pb2.Struct()
    )

    found = {each.policyName: each.message for each in analyzer.Analyze(request, timeout=30).diagnostics}

    assert "worker keeps its logs for good. Set retentionInDays." in found["log-retention"]


def test_a_team_may_ask_for_other_tags(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    type_ = "aws:sqs/queue:Queue"
    request = analyzer_pb2.AnalyzeRequest(type=type_, name="jobs", urn=f"urn:pulumi:prod::logs::{type_}::jobs")
    request.properties.update({"tags": {"owner": "us"}})

    def complaints() -> list[str]:
        return [each.message for each in analyzer.Analyze(request, timeout=30).diagnostics if each.policyName == "tags"]

    assert "lacks the tags project, stack, component" in complaints()[0]
    config = analyzer_pb2.PolicyConfig()
    config.properties.update({"requiredTags": ["owner"]})
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"tags": config}), timeout=30)
    assert complaints() == []
