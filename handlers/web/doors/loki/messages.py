"""The messages of Loki's push (Loki, pkg/push/push.proto), declared here so that nothing has to be generated.

Texts are declared as bytes, which look the same on the wire: as strings, one line that is no UTF-8 would make the whole
request unreadable.
"""

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_BYTES, _INT64, _INT32, _MESSAGE = (
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_INT64,
    FieldDescriptorProto.TYPE_INT32,
    FieldDescriptorProto.TYPE_MESSAGE,
)
_ONE, _MANY = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED

# For each message its fields: name, number, label, type, and which message it is.
_MESSAGES: dict[str, list[tuple[str, int, int, int, str | None]]] = {
    "PushRequest": [("streams", 1, _MANY, _MESSAGE, "Stream")],
    "Stream": [("labels", 1, _ONE, _BYTES, None), ("entries", 2, _MANY, _MESSAGE, "Entry")],
    "Entry": [
        ("timestamp", 1, _ONE, _MESSAGE, "Timestamp"),
        ("line", 2, _ONE, _BYTES, None),
        ("metadata", 3, _MANY, _MESSAGE, "LabelPair"),
    ],
    "Timestamp": [("seconds", 1, _ONE, _INT64, None), ("nanos", 2, _ONE, _INT32, None)],
    "LabelPair": [("name", 1, _ONE, _BYTES, None), ("value", 2, _ONE, _BYTES, None)],
}


def _declared() -> FileDescriptorProto:
    file = FileDescriptorProto(name="loki_push.proto", package="loki", syntax="proto3")
    for message, fields in _MESSAGES.items():
        declared = file.message_type.add(name=message)
        for name, number, label, kind, of_message in fields:
            type_name = f".loki.{of_message}" if of_message else None
            declared.field.add(name=name, number=number, label=label, type=kind, type_name=type_name)
    return file


_POOL = DescriptorPool()
_POOL.Add(_declared())
PushRequest = GetMessageClass(_POOL.FindMessageTypeByName("loki.PushRequest"))
