"""OpenTelemetry's SDK as a client: its exporter, which tells what was answered with success."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import Logger, LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.resources import Resource


class Exporter(OTLPLogExporter):
    """The SDK's own exporter.

    Attributes:
        acknowledged: the texts of the records whose export was a success.
        given_up: the texts of all others.
        requests: how many exports there were.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.acknowledged: list[str] = []
        self.given_up: list[str] = []
        self.requests = 0

    def export(self, batch: Sequence[Any]) -> LogRecordExportResult:
        """Export as the SDK does."""
        result = super().export(batch)
        texts = self.acknowledged if result is LogRecordExportResult.SUCCESS else self.given_up
        texts += [str(record.log_record.body) for record in batch]
        self.requests += 1
        return result


@contextmanager
def logger_of(exporter: Exporter, **batching: Any) -> Iterator[Logger]:
    """Yield a logger whose records are exported in batches, as an application sets it up; all are, at the end."""
    provider = LoggerProvider(resource=Resource({"service.name": "checkout"}), shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, **batching))
    try:
        yield provider.get_logger("cart", "1.2")
    finally:
        provider.force_flush()
        provider.shutdown()


def emit(logger: Logger, texts: Iterable[str], *, time_ns: int, **attributes: Any) -> None:
    """Emit a record for each text, a millisecond apart."""
    for number, text in enumerate(texts):
        logger.emit(
            LogRecord(
                timestamp=time_ns + number * 1_000_000,
                severity_number=SeverityNumber.WARN,
                severity_text="WARNING",
                body=text,
                attributes=attributes,
            )
        )
