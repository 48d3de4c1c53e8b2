"""The messages of OTLP's logs (opentelemetry-proto 1.x: collector, logs, resource and common) and google.rpc.Status.

The value of an attribute stays bytes until it is looked at. So a message object is made for each log, but not for each
attribute; and a value that is malformed or nests too deeply is a matter of its log alone.

A KeyValue looks like the entry of a map from names to values. If a name is repeated, which it must not be, its last
value counts.
"""

from handlers.web.doors.declared_messages import (
    BOOL,
    BYTES,
    DOUBLE,
    FIXED32,
    FIXED64,
    INT32,
    INT64,
    UINT32,
    Field,
    message_classes,
)

_CLASSES = message_classes(
    "otlp",
    {
        "ExportRequest": [Field("resource_logs", 1, "ResourceLogs", many=True)],
        "ResourceLogs": [
            Field("resource", 1, "Resource"),
            Field("scope_logs", 2, "ScopeLogs", many=True),
            Field("schema_url", 3, BYTES),
        ],
        "Resource": [Field("attributes", 1, BYTES, of_map=True), Field("dropped_attributes_count", 2, UINT32)],
        "ScopeLogs": [
            Field("scope", 1, "Scope"),
            Field("log_records", 2, "LogRecord", many=True),
            Field("schema_url", 3, BYTES),
        ],
        "Scope": [
            Field("name", 1, BYTES),
            Field("version", 2, BYTES),
            Field("attributes", 3, BYTES, of_map=True),
            Field("dropped_attributes_count", 4, UINT32),
        ],
        "LogRecord": [
            Field("time_unix_nano", 1, FIXED64),
            Field("severity_number", 2, INT32),
            Field("severity_text", 3, BYTES),
            Field("body", 5, BYTES),
            Field("attributes", 6, BYTES, of_map=True),
            Field("dropped_attributes_count", 7, UINT32),
            Field("flags", 8, FIXED32),
            Field("trace_id", 9, BYTES),
            Field("span_id", 10, BYTES),
            Field("observed_time_unix_nano", 11, FIXED64),
            Field("event_name", 12, BYTES),
        ],
        "AnyValue": [
            Field("string_value", 1, BYTES, one_of=True),
            Field("bool_value", 2, BOOL, one_of=True),
            Field("int_value", 3, INT64, one_of=True),
            Field("double_value", 4, DOUBLE, one_of=True),
            Field("array_value", 5, "ArrayValue", one_of=True),
            Field("kvlist_value", 6, "KeyValueList", one_of=True),
            Field("bytes_value", 7, BYTES, one_of=True),
        ],
        "ArrayValue": [Field("values", 1, "AnyValue", many=True)],
        "KeyValueList": [Field("values", 1, "AnyValue", of_map=True)],
        "ExportResponse": [Field("partial_success", 1, "PartialSuccess")],
        "PartialSuccess": [Field("rejected_log_records", 1, INT64), Field("error_message", 2, BYTES)],
        "Status": [Field("code", 1, INT32), Field("message", 2, BYTES)],
    },
)
ExportRequest = _CLASSES["ExportRequest"]
AnyValue = _CLASSES["AnyValue"]
ExportResponse = _CLASSES["ExportResponse"]
Status = _CLASSES["Status"]
