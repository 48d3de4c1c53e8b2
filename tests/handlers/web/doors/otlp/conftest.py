"""Protobuf as it is in Lambda."""

import pytest
from google._upb._message import SetAllowOversizeProtos


@pytest.fixture(autouse=True)
def _protobuf_as_in_lambda() -> None:
    # Pulumi, which other tests import, lifts the limit of a hundred messages in messages for its whole process.
    SetAllowOversizeProtos(False)  # noqa: FBT003 - protobuf takes no keyword
