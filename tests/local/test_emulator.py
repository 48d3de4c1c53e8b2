"""The emulator itself: where it listens, what its functions see, and that it never outlives its starter."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.emulator import Emulator, choose_port, free_port
from local.failure import Failure
from local.resources import create
from local.watch import DeadLetterWatch
from tests.support.checkout import ROOT

pytestmark = pytest.mark.end_to_end
linux = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="reads Linux's /proc")

LISTENING = "0A"
LOOPBACK = "0100007F"
HANDLER = """
import logging, os, sys, time

def handler(event, context):
    logging.getLogger("rdp").info("seen", extra={"tenant_id": "acme"})
    while event.get("hang"):
        time.sleep(1)
    return {"environment": dict(os.environ), "path": sys.path}
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with pytest.MonkeyPatch.context() as outer:
        outer.setenv("AWS_PROFILE", "of-the-person-at-the-keyboard")
        outer.setenv("AWS_SESSION_TOKEN", "of-the-person-at-the-keyboard")
        with Emulator(port=free_port(), log=tmp_path_factory.mktemp("log") / "emulator.log") as running:
            yield running


def create_function(cloud: Cloud, name: str) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("seen.py", HANDLER)
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    cloud.client("lambda").create_function(
        FunctionName=name,
        Handler="seen.handler",
        Runtime="python3.13",
        Role=role,
        Timeout=60,
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": {"AWS_LAMBDA_LOG_FORMAT": "JSON"}},
        LoggingConfig={"LogFormat": "JSON", "LogGroup": f"logs-of-{name}"},
    )


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def processes_of(session: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, fields = stat.read_text().rpartition(")")
        except OSError:
            continue  # it ended while we looked
        state, _, _, its_session = fields.split()[:4]
        if int(its_session) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def listening_addresses(process: int) -> set[str]:
    sockets = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            sockets.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue  # it was closed while we looked
    tables = [Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return {row[1] for row in rows if row[3] == LISTENING and row[9] in sockets}


@linux
def test_it_listens_only_on_one_port_of_the_loopback_address(emulator: Emulator) -> None:
    cloud = emulator.cloud
    create_function(cloud, "listener")
    cloud.client("lambda").invoke(FunctionName="listener", Payload="{}")
    process = emulator._process
    assert process is not None

    addresses = [listening_addresses(member) for member in processes_of(process.pid)]

    assert len(addresses) >= 2, "the emulator and a Lambda worker"
    assert set.union(*addresses) == {f"{LOOPBACK}:{emulator.port:04X}"}


def test_a_function_sees_neither_this_machine_s_environment_nor_the_checkout(emulator: Emulator) -> None:
    cloud = emulator.cloud
    create_function(cloud, "nosy")

    answer = json.load(cloud.client("lambda").invoke(FunctionName="nosy", Payload="{}")["Payload"])

    assert "AWS_PROFILE" not in answer["environment"]
    assert answer["environment"]["AWS_ACCESS_KEY_ID"].startswith("ASIA"), "credentials of its role, not of root"
    assert answer["environment"]["AWS_SESSION_TOKEN"] != "of-the-person-at-the-keyboard"
    assert answer["environment"]["AWS_ENDPOINT_URL"] == emulator.endpoint_url
    assert answer["environment"]["HOME"] != os.environ["HOME"]
    assert str(ROOT) not in answer["path"]


def test_a_function_logs_json_to_its_log_group(emulator: Emulator) -> None:
    cloud = emulator.cloud
    create_function(cloud, "talker")

    cloud.client("lambda").invoke(FunctionName="talker", Payload="{}")

    lines = cloud.client("logs").filter_log_events(logGroupName="logs-of-talker")["events"]
    [entry] = [json.loads(line["message"]) for line in lines if line["message"].startswith("{")]
    assert (entry["logger"], entry["level"], entry["message"]) == ("rdp", "INFO", "seen")
    assert entry["tenant_id"] == "acme"


def test_each_dead_letter_is_seen_once_without_receiving_it(emulator: Emulator) -> None:
    sqs = emulator.cloud.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    envelope = json.dumps({"tenant_id": "acme", "log_id": "1"})
    ids = {sqs.send_message(QueueUrl=url, MessageBody=envelope)["MessageId"] for _ in range(12)}
    ids.add(sqs.send_message(QueueUrl=url, MessageBody="no envelope")["MessageId"])
    told_by_the_worker = {"reason": {"DataType": "String", "StringValue": "conflict"}}
    sqs.send_message(QueueUrl=url, MessageBody=envelope, MessageAttributes=told_by_the_worker)
    watch = DeadLetterWatch(emulator.cloud, url)

    seen = watch.new_happenings()

    received = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert {happening.message_id for happening in seen} == ids
    assert {(happening.tenant_id, happening.log_id) for happening in seen} == {("acme", "1"), ("-", "-")}
    assert watch.new_happenings() == []
    assert received["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_refusal_of_the_api_is_reported_with_the_resource_s_name(emulator: Emulator) -> None:
    inputs = {"routeKey": "GET /", "apiId": "absent", "target": "integrations/absent"}

    with pytest.raises(Failure, match=r"aws:apigatewayv2/route:Route front cannot be created: .*NotFound"):
        create(emulator.cloud, type_token="aws:apigatewayv2/route:Route", name="front", inputs=inputs)


def test_a_requested_port_that_is_in_use_is_refused(emulator: Emulator) -> None:
    with pytest.raises(Failure, match=f"--port must be a free port, got {emulator.port}"):
        choose_port(emulator.port)


def test_an_emulator_that_crashes_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    def use() -> None:
        with Emulator(port=free_port(), log=tmp_path / "emulator.log") as running:
            assert running._process is not None
            os.killpg(running._process.pid, signal.SIGKILL)
            running._process.wait(timeout=20)
            running.cloud.client("sqs").list_queues()

    with pytest.raises(Failure, match=r"ended with status -9; the end of .*\n(.*\n)*.*Running on"):
        use()


STARTER = """
import sys, threading, time
from pathlib import Path
from local.emulator import Emulator
from tests.local.test_emulator import create_function

with Emulator(port=int(sys.argv[1]), log=Path(sys.argv[2])) as running:
    create_function(running.cloud, "hanging")
    call = dict(FunctionName="hanging", Payload='{"hang": true}')
    threading.Thread(target=running.cloud.client("lambda").invoke, kwargs=call, daemon=True).start()
    print(running._process.pid, running._folder, flush=True)
    time.sleep(60)
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_its_starter_even_if_a_function_hangs(how: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(free_port()), str(tmp_path / "emulator.log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as starter:
        assert starter.stdout is not None
        session, folder = starter.stdout.readline().split()
        wait_until(lambda: len(processes_of(int(session))) >= 2)

        starter.send_signal(how)
        starter.wait(timeout=20)

        wait_until(lambda: processes_of(int(session)) == [])
        wait_until(lambda: not Path(folder).exists())


def test_another_port_is_used_if_the_preferred_one_is_taken(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    monkeypatch.setattr("local.emulator.PREFERRED_PORT", emulator.port)

    port = choose_port(None)

    assert port != emulator.port
