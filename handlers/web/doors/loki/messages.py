"""The messages of Loki's push (Loki, pkg/push/push.proto)."""

from handlers.web.doors.declared_messages import BYTES, INT32, INT64, Field, message_classes

PushRequest = message_classes(
    "loki",
    {
        "PushRequest": [Field("streams", 1, "Stream", many=True)],
        "Stream": [Field("labels", 1, BYTES), Field("entries", 2, "Entry", many=True)],
        "Entry": [
            Field("timestamp", 1, "Timestamp"),
            Field("line", 2, BYTES),
            Field("metadata", 3, "LabelPair", many=True),
        ],
        "Timestamp": [Field("seconds", 1, INT64), Field("nanos", 2, INT32)],
        "LabelPair": [Field("name", 1, BYTES), Field("value", 2, BYTES)],
    },
)["PushRequest"]
