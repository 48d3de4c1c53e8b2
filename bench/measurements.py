"""The measurements: which module holds each subcommand's `TITLE`, `NOTES` and `measure(quick=…)`."""

MEASUREMENTS = {
    "cold": "bench.compare.cold",
    "ingest": "bench.compare.ingest",
    "doors": "bench.compare.doors",
    "redact": "bench.compare.redact",
    "accuracy": "bench.accuracy.command",
    "worker": "bench.compare.worker",
    "cost": "bench.cost.model",
}
