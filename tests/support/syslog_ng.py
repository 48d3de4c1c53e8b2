"""syslog-ng, set up as docs/shippers/syslog-ng.conf shows."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.checkout import ROOT
from tests.support.stack import wait_until

SYSLOG_NG = shutil.which("syslog-ng", path=f"{os.environ['PATH']}:/usr/sbin")
MISSING = "" if SYSLOG_NG else "needs syslog-ng (Debian: syslog-ng-core and syslog-ng-mod-http)"
_EXAMPLE = (ROOT / "docs/shippers/syslog-ng.conf").read_text()
_STOP_SECONDS = 20


@contextmanager
def short_directory() -> Iterator[Path]:
    """Yield an empty directory with a short name: a socket's path holds at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="syslog-ng-") as name:
        yield Path(name)


@contextmanager
def running_syslog_ng(directory: Path, *, ingest_url: str, key: str = "", tenant_id: str = "") -> Iterator[Path]:
    """Yield the socket of a syslog-ng that sends to a URL, with an API key or for a tenant, while the context lasts."""
    socket, output, configuration = (directory / name for name in ("socket", "output", "configuration"))
    with_key = _EXAMPLE.replace("X-Tenant-ID: `TENANT_ID`", f"Authorization: Bearer {key}")
    configuration.write_text(with_key if key else _EXAMPLE)
    environment = {
        "INGEST_URL": ingest_url,
        "TENANT_ID": tenant_id,
        "LOG_SOCKET": str(socket),
        "BUFFER_DIRECTORY": str(directory),
    }
    files = [f"--{kind}={directory / kind}" for kind in ("persist-file", "pidfile", "control")]
    command = [str(SYSLOG_NG), "--foreground", "--stderr", "--no-caps", f"--cfgfile={configuration}"]
    socket.unlink(missing_ok=True)
    with output.open("w") as log:
        process = subprocess.Popen([*command, *files], env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: socket.exists() or process.poll() is not None)
            assert process.poll() is None, output.read_text()
            yield socket
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
