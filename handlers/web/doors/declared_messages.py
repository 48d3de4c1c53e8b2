"""Messages in protobuf, declared in Python: nothing is generated, and only what is read has a field.

Texts are declared as bytes, which look the same on the wire: as strings, one that is no UTF-8 would make the whole
request unreadable.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

BYTES = FieldDescriptorProto.TYPE_BYTES
STRING = FieldDescriptorProto.TYPE_STRING
BOOL = FieldDescriptorProto.TYPE_BOOL
INT32 = FieldDescriptorProto.TYPE_INT32
INT64 = FieldDescriptorProto.TYPE_INT64
UINT32 = FieldDescriptorProto.TYPE_UINT32
FIXED32 = FieldDescriptorProto.TYPE_FIXED32
FIXED64 = FieldDescriptorProto.TYPE_FIXED64
DOUBLE = FieldDescriptorProto.TYPE_DOUBLE
_MESSAGE = FieldDescriptorProto.TYPE_MESSAGE
_ONE, _MANY = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED


class Field(NamedTuple):
    """A field of a message.

    Attributes:
        name: what it is called here.
        number: what it is called on the wire.
        kind: one of the types above, or the name of a message.
        many: whether it may be repeated.
        of_map: whether it is a map from names to values of that kind.
        one_of: whether at most one of all such fields of the message is set.
    """

    name: str
    number: int
    kind: int | str
    many: bool = False
    of_map: bool = False
    one_of: bool = False


def message_classes(package: str, messages: Mapping[str, Iterable[Field]]) -> dict[str, Any]:
    """Return the classes of the messages that are declared, by their names."""
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field in fields:
            _declare(message, field, scope=f".{package}")
    pool = DescriptorPool()
    pool.Add(file)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}


def _declare(message: DescriptorProto, field: Field, *, scope: str) -> None:
    if field.of_map:
        # On the wire, a map is a repeated message of a key and a value.
        pair = message.nested_type.add(name=f"{field.name.title().replace('_', '')}Entry", options={"map_entry": True})
        _declare(pair, Field("key", 1, STRING), scope=scope)
        _declare(pair, Field("value", 2, field.kind), scope=scope)
        field = Field(field.name, field.number, f"{message.name}.{pair.name}", many=True)
    declared = message.field.add(name=field.name, number=field.number, label=_MANY if field.many else _ONE)
    if isinstance(field.kind, str):
        declared.type, declared.type_name = _MESSAGE, f"{scope}.{field.kind}"
    else:
        declared.type = field.kind
    if field.one_of:
        if not message.oneof_decl:
            message.oneof_decl.add(name="value")
        declared.oneof_index = 0
