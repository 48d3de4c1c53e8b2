"""The package holds sources and pinned wheels, in the same bytes for the same input, and is built once."""

import hashlib
import os
import re
import stat
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.package import archive
from infra.package import build as lambda_package
from infra.package.target import Target
from infra.package.wheels import SERVICES, PackageError, pip_download
from tests.support.checkout import ROOT
from tests.support.package_fixtures import FakePip, build, make_checkout, pinned

ARM64 = Target.aws_lambda("arm64")
ELF_MACHINES = {"arm64": 183, "x86_64": 62}


def test_the_package_contains_sources_and_the_needed_parts_of_wheels(checkout: Path) -> None:
    package = build(ARM64, root=checkout, download=FakePip())

    with zipfile.ZipFile(package) as archive:
        assert archive.namelist() == [
            "botocore/data/partitions.json",
            "botocore/data/sqs/2012-11-05/endpoint-rule-set-1.json.gz",
            "botocore/data/sqs/2012-11-05/service-2.json.gz",
            "handlers/__init__.py",
            "handlers/ingest.py",
            "handlers/web/request.py",
            "wheel-1.0.dist-info/METADATA",
            "wheel/__init__.py",
            "wheel/native.so",
        ]


def test_the_same_input_gives_the_same_bytes_in_any_place_at_any_time(checkout: Path, tmp_path: Path) -> None:
    elsewhere = make_checkout(tmp_path / "elsewhere")
    for path in elsewhere.rglob("*.py"):
        os.utime(path, (0, 1_000_000_000))
        path.chmod(0o700)

    one, other = (build(ARM64, root=root, download=FakePip()) for root in (checkout, elsewhere))

    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_entries_have_neither_time_nor_permissions_of_their_files(checkout: Path) -> None:
    with zipfile.ZipFile(build(ARM64, root=checkout, download=FakePip())) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}


def test_a_changed_source_makes_another_package_without_another_download(checkout: Path) -> None:
    pip = FakePip()
    before = build(ARM64, root=checkout, download=pip)
    (checkout / "handlers" / "ingest.py").write_text("handler = repr\n")

    after = build(ARM64, root=checkout, download=pip)

    assert after != before
    assert len(pip.downloaded) == 1


def test_changed_requirements_and_another_target_are_downloaded_again(checkout: Path) -> None:
    pip = FakePip()
    newer = Target(name=ARM64.name, python_version="3.14", pip_options=("--python-version=3.14",))
    build(ARM64, root=checkout, download=pip)
    (checkout / "requirements-lambda.txt").write_text(pinned("1.1"))

    build(ARM64, root=checkout, download=pip)
    build(newer, root=checkout, download=pip)
    build(Target.host(), root=checkout, download=pip)

    assert pip.downloaded == [
        (ARM64, "1.0"),
        (ARM64, "1.1"),
        (newer, "1.1"),
        (Target.host(), "1.1"),
    ]


def test_an_unchanged_package_is_neither_downloaded_nor_written_again(checkout: Path) -> None:
    pip = FakePip()
    before = build(ARM64, root=checkout, download=pip)
    written = before.stat().st_mtime_ns

    after = build(ARM64, root=checkout, download=pip)

    assert (after, after.stat().st_mtime_ns) == (before, written)
    assert len(pip.downloaded) == 1


def test_builders_at_the_same_time_make_one_whole_package_and_leave_nothing_else(checkout: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as builders:
        packages = list(builders.map(lambda _: build(ARM64, root=checkout, download=FakePip()), range(16)))

    [package] = set(packages)
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
    left = sorted(path.name for path in (checkout / ".build").iterdir())
    assert len(left) == 2
    assert left[0].startswith("lambda-arm64-")


def test_the_pipelines_of_one_program_share_one_archive(checkout: Path) -> None:
    build(ARM64, root=checkout, download=FakePip())

    lambda_package.build(ARM64, root=checkout, download=FakePip(), find_compiler=lambda _version: None)

    assert archive.zipped.cache_info().hits == 1


def test_a_failed_download_leaves_no_files(checkout: Path) -> None:
    def failing(_target: Target, _requirements: Path, directory: Path) -> None:
        (directory / "half.whl").write_text("")
        raise PackageError("pip failed")

    with pytest.raises(PackageError):
        build(ARM64, root=checkout, download=failing)

    assert list((checkout / ".build").iterdir()) == []


def test_a_requirement_that_pip_cannot_find_is_reported_with_what_to_do(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (checkout / "requirements-lambda.txt").write_text(f"no-such-requirement==1.0 --hash=sha256:{64 * '0'}\n")

    with pytest.raises(PackageError, match=r"check the pinned versions and the network, then run: (?s:.*)no-such-req"):
        pip_download(Target.host(), checkout / "requirements-lambda.txt", tmp_path)


def test_a_requirement_without_a_hash_is_refused(checkout: Path, tmp_path: Path) -> None:
    (checkout / "requirements-lambda.txt").write_text("typing-extensions==4.16.0\n")

    with pytest.raises(PackageError, match="Hashes are required"):
        pip_download(Target.host(), checkout / "requirements-lambda.txt", tmp_path)


def test_lambda_gets_wheels_of_its_own_python_and_processor() -> None:
    assert Target.of("lambda", "x86_64") == Target.aws_lambda("x86_64")
    assert ARM64.pip_options == (
        "--platform=manylinux_2_28_aarch64",
        "--platform=manylinux2014_aarch64",
        "--python-version=3.13",
        "--implementation=cp",
    )


def test_the_host_gets_wheels_of_the_running_interpreter() -> None:
    assert Target.of("host", "arm64") == Target.host()
    assert Target.host().pip_options == ()
    assert sys.implementation.cache_tag is not None
    assert sys.implementation.cache_tag in Target.host().name


def test_every_native_module_of_the_real_package_is_for_python_3_13_on_arm64() -> None:
    with zipfile.ZipFile(lambda_package.build(ARM64)) as archive:
        native = {name: archive.read(name) for name in archive.namelist() if name.endswith(".so")}

    assert {name.partition("/")[0] for name in native} >= {"pydantic_core"}
    for name, content in native.items():
        assert int.from_bytes(content[18:20], "little") == ELF_MACHINES["arm64"], name
        # abi3 is the interface that every later Python keeps ("C API Stability").
        assert "cpython-313" in name or ".abi3." in name, name


def test_the_real_package_contains_exactly_the_pinned_requirements() -> None:
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements-lambda.txt").read_text(), re.MULTILINE)
    pinned = {f"{name.replace('-', '_')}-{version}" for name, version in found}

    with zipfile.ZipFile(lambda_package.build(ARM64)) as archive:
        top = {name.partition("/")[0] for name in archive.namelist()}

    assert {name.removesuffix(".dist-info") for name in top if name.endswith(".dist-info")} == pinned


CALLS = """
import importlib, sys
sys.path.insert(0, ROOT)
for name in ("ingest", "worker", "query", "authorizer"):
    importlib.import_module(f"handlers.{name}")
import botocore, pydantic, re2
from handlers.aws.clients import client
for module in (botocore, pydantic, re2, sys.modules["handlers"]):
    assert module.__file__.startswith(ROOT), module
assert re2.compile("a+").search("caat")
sent = []
for service, call, arguments in (
    ("sqs", "send_message", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "x"}),
    ("sqs", "send_message_batch", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "Entries": []}),
    ("dynamodb", "get_item", {"TableName": "t", "Key": {"k": {"S": "1"}}}),
    ("dynamodb", "put_item", {"TableName": "t", "Item": {"k": {"S": "1"}}}),
    ("dynamodb", "query", {"TableName": "t"}),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "rr"}),
    ("kms", "generate_mac", {"KeyId": "k", "MacAlgorithm": "HMAC_SHA_256", "Message": b"m"}),
):
    made = client(service)
    made.meta.events.register_first("before-send", lambda request, **_: Stop.now(request))
    try:
        getattr(made, call)(**arguments)
    except Stop as stop:
        sent.append(stop.args[0])
print(len([each for each in sent if each.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")]))
"""
STOP = """
class Stop(BaseException):
    @classmethod
    def now(cls, request):
        raise cls(request.headers["Authorization"].decode())
"""


def test_the_real_package_runs_alone_and_signs_every_call_of_the_handlers(
    tmp_path: Path,
) -> None:
    with zipfile.ZipFile(lambda_package.build(Target.host())) as archive:
        archive.extractall(tmp_path)
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    finished = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"ROOT = {str(tmp_path)!r}\n{STOP}{CALLS}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )

    assert (finished.returncode, finished.stdout) == (0, "7\n"), finished.stderr


def test_the_real_package_describes_exactly_the_services_that_the_handlers_call() -> None:
    with zipfile.ZipFile(lambda_package.build(ARM64)) as archive:
        described = {name.split("/")[2] for name in archive.namelist() if name.endswith("/service-2.json.gz")}

    assert described == SERVICES


@pytest.mark.parametrize("what", ["wheel", "package"])
def test_code_planted_in_the_cache_never_reaches_a_package(checkout: Path, what: str) -> None:
    pip = FakePip()
    package = build(ARM64, root=checkout, download=pip)
    untouched = package.read_bytes()
    kept = package if what == "package" else next((checkout / ".build").glob("*-wheels-*/*.whl"))
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr("sitecustomize.py", "import evil")

    again = build(ARM64, root=checkout, download=pip)

    assert (again, again.read_bytes()) == (package, untouched)
    assert len(pip.downloaded) == (2 if what == "wheel" else 1)


def test_a_download_other_than_the_pinned_one_is_refused(checkout: Path) -> None:
    def other(_target: Target, _requirements: Path, directory: Path) -> None:
        (directory / "wheel-1.0-py3-none-any.whl").write_bytes(b"another wheel")

    with pytest.raises(PackageError, match=r"not the one that requirements-lambda.txt pins"):
        build(ARM64, root=checkout, download=other)


@pytest.mark.parametrize("chaos", [True, False])
def test_only_a_stack_that_asks_for_chaos_gets_its_code(checkout: Path, *, chaos: bool) -> None:
    package = lambda_package.build(ARM64, chaos=chaos, root=checkout, download=FakePip())

    with zipfile.ZipFile(package) as archive:
        assert ("handlers/processing/chaos.py" in archive.namelist()) is chaos


ISOLATED = """
import sys
sys.path.insert(0, ROOT)
from handlers.processing.isolation import ProcessIsolation
from handlers.processing.simulation import ProcessingOptions, processing_of
options = ProcessingOptions(seconds_per_char=0, kinds=("phone",), chaos=False)
isolation = ProcessIsolation(options, environment={}, child_memory_bytes=32 << 20)
text = "chaos:exit 555-0199"
print(processing_of(options).process(text).text, isolation.process(text, timeout_seconds=30).text, sep="\\n")
isolation.close()
"""


def test_the_real_package_without_chaos_processes_a_chaos_text_like_any_other(tmp_path: Path) -> None:
    with zipfile.ZipFile(lambda_package.build(Target.host())) as archive:
        archive.extractall(tmp_path)

    finished = subprocess.run(
        [sys.executable, "-I", "-c", f"ROOT = {str(tmp_path)!r}\n{ISOLATED}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (finished.returncode, finished.stdout) == (0, "chaos:exit [REDACTED]\n" * 2), finished.stderr


def test_the_command_builds_the_package_and_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    status = lambda_package.main(["--for", "host"])

    package = lambda_package.build(Target.host())
    content = package.read_bytes()
    assert status == 0
    assert capsys.readouterr().out == (
        f"{os.path.relpath(package)}  {len(content)} bytes  sha256:{hashlib.sha256(content).hexdigest()}\n"
    )


def test_the_command_says_why_bytecode_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "some.zip"
    package.write_bytes(b"")
    monkeypatch.setattr(lambda_package, "build", lambda _target, **_options: package)
    monkeypatch.setattr(lambda_package, "compiler_of", lambda _version: None)

    lambda_package.main([])

    assert (
        "there is no Python 3.13 on this machine; install it, so that python3.13 is on the path"
        in capsys.readouterr().out
    )


def test_a_failure_of_the_command_prints_only_the_fix(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_target: Target, **_options: bool) -> Path:
        raise PackageError("check the network")

    monkeypatch.setattr(lambda_package, "build", failing)

    assert lambda_package.main([]) == 1
    assert capsys.readouterr().err == "check the network\n"


def test_building_a_package_does_not_load_pulumi() -> None:
    script = "import sys, infra.package.build; assert 'pulumi' not in sys.modules"

    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert finished.returncode == 0, finished.stderr
