"""A processor becomes part of a package, the same each time, or is refused with what to do about it."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.package import archive, processor_check
from infra.package import build as lambda_package
from infra.package.build import PackageError, Target
from infra.package.processor import Processor
from tests.support.package_fixtures import FakePip, pinned

ARM64 = Target.aws_lambda("arm64")
HOST = Target.host()
GOOD = "def process(log):\n    return log\n"


def build(checkout: Path, files: Mapping[str, str], *, name: str = "shop_logs:process", target: Target = HOST) -> Path:
    """Build a package with a processor of these files."""
    folder = checkout / "shop"
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content)
    processor = Processor(name=name, folder=folder)
    archive.zipped.cache_clear()
    return lambda_package.build(
        target, processor=processor, root=checkout, download=FakePip(), find_compiler=lambda _version: None
    )


def names_in(package: Path) -> set[str]:
    with zipfile.ZipFile(package) as archive:
        return set(archive.namelist())


def refusal(checkout: Path, files: Mapping[str, str], **options: str) -> str:
    with pytest.raises(PackageError) as refused:
        build(checkout, files, **options)
    return str(refused.value).replace(str(checkout), "")


@pytest.mark.parametrize("target", [HOST, ARM64], ids=["host", "lambda"])
def test_everything_in_the_folder_becomes_part_of_the_package_except_what_no_function_needs(
    checkout: Path, target: Target
) -> None:
    files = {
        "shop_logs.py": "import shop.names\n" + GOOD,
        "shop/names.py": "",
        "shop/words.json": "{}",
        "shop/__pycache__/names.cpython-311.pyc": "",
        ".git/config": "",
        "env/pyvenv.cfg": "",
        "env/lib/x.py": "",
        "requirements.txt": "# nothing yet\n",
        "requirements.in": "",
    }
    without = names_in(lambda_package.build(target, root=checkout, download=FakePip(), find_compiler=lambda _v: None))

    package = build(checkout, files, target=target)

    assert names_in(package) - without == {"shop_logs.py", "shop/names.py", "shop/words.json"}
    assert build(checkout, files, target=target) == package


def test_another_processor_is_another_package(checkout: Path) -> None:
    package = build(checkout, {"shop_logs.py": GOOD})

    assert build(checkout, {"shop_logs.py": GOOD + "# changed\n"}) != package


def test_requirements_become_part_of_the_package_and_can_be_imported(checkout: Path) -> None:
    (checkout / "requirements-lambda.txt").write_text(pinned("2.0"))

    # The same package in the same version as ours.
    package = build(checkout, {"shop_logs.py": "import wheel\n" + GOOD, "requirements.txt": pinned("2.0")})

    assert "wheel/__init__.py" in names_in(package)


def test_a_processor_may_import_the_log_and_python_s_own_modules(checkout: Path) -> None:
    (checkout / "handlers" / "processing" / "__init__.py").write_text("")
    (checkout / "handlers" / "processing" / "log.py").write_text("class Log: pass\n")
    code = "import json, ctypes, sqlite3\nfrom handlers.processing.log import Log\n" + GOOD

    assert "shop_logs.py" in names_in(build(checkout, {"shop_logs.py": code}))


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import orjson\n", "No module named 'orjson' (shop_logs.py, line 1); write it into /shop/requirements.txt"),
        # Installed where it is built, but not in a function.
        ("import pulumi\n", "No module named 'pulumi' (shop_logs.py, line 1); write it into /shop/requirements.txt"),
        ("import wheel\n", "No module named 'wheel' (shop_logs.py, line 1); write it into /shop/requirements.txt"),
        ("\n1 / 0\n", "ZeroDivisionError: division by zero (shop_logs.py, line 2)"),
        ("def process(:\n", "SyntaxError: invalid syntax (shop_logs.py, line 1)"),
        ("raise SystemExit(4)\n", "SystemExit: 4 (shop_logs.py, line 1)"),
        ("import os; os._exit(4)\n", "importing it ended its process with status 4"),
        ("", "there is no process in shop_logs"),
        ("process = 3\n", "process is not a function"),
        ("def process(): pass\n", "process must take one argument, the log: too many positional arguments"),
        ("def process(log, x): pass\n", "process must take one argument, the log: missing a required argument: 'x'"),
        ("async def process(log): pass\n", "process is async"),
        ("def process(log): yield log\n", "process yields; return a list of logs instead"),
    ],
)
def test_a_processor_that_the_worker_could_not_call_is_refused(checkout: Path, code: str, problem: str) -> None:
    refused = refusal(checkout, {"shop_logs.py": code})

    assert refused.startswith("processor shop_logs:process cannot be used: ")
    assert problem in refused


@pytest.mark.parametrize(
    "code",
    [
        "def process(log, strict=True): pass\n",
        "def process(*logs): pass\n",
        "class Shop:\n    def __call__(self, log): pass\nprocess = Shop()\n",
        "print('hello')\n" + GOOD,
    ],
)
def test_whatever_can_be_called_with_a_log_is_taken(checkout: Path, code: str) -> None:
    assert "shop_logs.py" in names_in(build(checkout, {"shop_logs.py": code}))


@pytest.mark.parametrize("name", ["shop_log:process", "shop_logs.sub:process", "shop.logs:process"])
def test_a_misspelt_module_is_named(checkout: Path, name: str) -> None:
    refused = refusal(checkout, {"shop_logs.py": GOOD}, name=name)

    assert f"there is no module {name.partition(':')[0]} in /shop" in refused


def test_an_import_that_takes_too_long_is_refused(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor_check, "SECONDS_TO_IMPORT", 1.0)

    refused = refusal(checkout, {"shop_logs.py": "import time; time.sleep(60)\n"})

    assert "importing it took more than 1 seconds" in refused


def test_an_import_sees_no_credentials(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "s3cret")
    code = "import os\nassert 's3cret' not in str(os.environ)\n" + GOOD

    assert build(checkout, {"shop_logs.py": code})


@pytest.mark.parametrize(
    "file", ["handlers/x.py", "handlers.py", "wheel/x.py", "json.py", "logging/__init__.py", "sitecustomize.py"]
)
def test_what_would_hide_another_module_is_refused(checkout: Path, file: str) -> None:
    refused = refusal(checkout, {"shop_logs.py": GOOD, file: ""})

    top = file.partition("/")[0]
    assert refused == (
        f"/shop/{top} would hide the module {top.removesuffix('.py')}, which the functions use; give it another name"
    )


def test_another_version_of_what_the_functions_use_is_refused(checkout: Path) -> None:
    refused = refusal(checkout, {"shop_logs.py": GOOD, "requirements.txt": pinned("2.0")})

    assert refused == (
        "/shop/requirements.txt brings another version of wheel than the functions use; pin the version of"
        " requirements-lambda.txt"
    )


def test_requirements_without_hashes_are_refused_with_the_command_that_makes_them(checkout: Path) -> None:
    refused = refusal(checkout, {"shop_logs.py": GOOD, "requirements.txt": "orjson==3\n"})

    assert refused.startswith("/shop/requirements.txt must pin every package with its hashes; ")
    assert "uv pip compile --universal --generate-hashes" in refused


def test_a_folder_that_is_none_is_named(checkout: Path) -> None:
    with pytest.raises(PackageError, match=r"^processorFolder shops is not a folder \(looked for /.*/shops\)$"):
        lambda_package.build(
            HOST, processor=Processor(name="a:b", folder=Path("shops")), root=checkout, download=FakePip()
        )


def test_a_wheel_s_libraries_are_installed_and_its_scripts_are_not(checkout: Path) -> None:
    def download(_target: Target, requirements: Path, directory: Path) -> None:
        if requirements.parent == checkout:
            FakePip()(_target, requirements, directory)
            return
        (directory / "other-1.0-py3-none-any.whl").write_bytes(wheel)

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("other-1.0.data/purelib/other.py", "other-1.0.data/scripts/other", "other-1.0.dist-info/RECORD"):
            archive.writestr(zipfile.ZipInfo(name), "")
    wheel = buffer.getvalue()
    folder = checkout / "shop"
    folder.mkdir()
    (folder / "shop_logs.py").write_text("import other\n" + GOOD)
    (folder / "requirements.txt").write_text(f"other==1.0 --hash=sha256:{hashlib.sha256(wheel).hexdigest()}\n")

    package = lambda_package.build(
        HOST,
        processor=Processor(name="shop_logs:process", folder=folder),
        root=checkout,
        download=download,
        find_compiler=lambda _version: None,
    )

    assert {name for name in names_in(package) if "other" in name} == {"other.py"}


def test_the_command_builds_a_package_with_a_processor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop_logs.py").write_text(GOOD)
    arguments = ["--for", "host", "--processor", "shop_logs:process", "--processor-folder", str(tmp_path)]

    assert lambda_package.main(arguments) == 0
    assert "shop_logs.py" in names_in(Path(capsys.readouterr().out.split()[0]))

    (tmp_path / "shop_logs.py").write_text("")
    assert lambda_package.main(arguments) == 1
    assert "there is no process in shop_logs" in capsys.readouterr().err


@pytest.mark.parametrize(("limit", "what"), [("MAX_ZIPPED_BYTES", "zipped"), ("MAX_UNZIPPED_BYTES", "unzipped")])
def test_a_package_that_lambda_would_not_take_is_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, limit: str, what: str
) -> None:
    monkeypatch.setattr(archive, limit, 100)

    assert f"MB {what}, and Lambda takes 0 MB: keep data and heavy packages" in refusal(
        checkout, {"shop_logs.py": GOOD}
    )
