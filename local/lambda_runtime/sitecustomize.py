"""Sets logging up as AWS's Python runtime does before it imports a handler whose log format is JSON.

Python imports this file at the start of every Lambda worker, because `local.emulator_process` puts its folder on
their PYTHONPATH. One record becomes one JSON object on standard error, which MiniStack hands to CloudWatch Logs;
standard output belongs to MiniStack's own protocol. `requestId` is left out: MiniStack passes it to the handler only.
"""
# ruff: noqa: INP001 - Python finds it by its folder, as no part of a package

import json
import logging
import os
import time

_OWN_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class _JsonFormatter(logging.Formatter):
    """Writes a record with the keys of AWS's runtime, and whatever `extra` adds."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = ""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        entry: dict[str, object] = {
            "timestamp": self.formatTime(record),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            entry["errorType"] = record.exc_info[0].__name__
            entry["errorMessage"] = str(record.exc_info[1])
            entry["stackTrace"] = self.formatException(record.exc_info).splitlines()
        extra = {key: value for key, value in record.__dict__.items() if key not in _OWN_FIELDS}
        return json.dumps(entry | extra, default=str)


if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
    _handler = logging.StreamHandler()
    _handler.setFormatter(_JsonFormatter())
    logging.basicConfig(handlers=[_handler], level=os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"))
