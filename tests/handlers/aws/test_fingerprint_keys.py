"""The keys of fingerprints: derived once in the life of a process, and never without KMS."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from handlers.aws.clients import client
from handlers.aws.failures import FingerprintKeyUnavailable
from handlers.aws.fingerprint_keys import LABEL, KmsFingerprintKeys
from tests.support.aws_fixtures import Aws
from tests.support.fake_sqs import client_error

ARNS = [f"arn:aws:kms:us-east-1:123456789012:key/{name}" for name in ("new", "old")]


class FakeKms:
    """Makes MACs, and may fail first."""

    def __init__(self, *failures: Exception) -> None:
        self.asked: list[dict[str, Any]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._failures = list(failures)

    def generate_mac(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        self.may_answer.wait(10)
        if self._failures:
            raise self._failures.pop()
        return {"Mac": f"mac by {request['KeyId']}".encode()}


def test_a_key_is_derived_from_kms_with_one_call_and_one_label() -> None:
    kms = FakeKms()
    keys = KmsFingerprintKeys(kms, ARNS)

    derived = [keys.current() for _ in range(3)]

    assert derived[0] is derived[2]
    assert (derived[0].key_id, derived[0].secret) == ("new", f"mac by {ARNS[0]}".encode())
    assert kms.asked == [{"KeyId": ARNS[0], "Message": LABEL, "MacAlgorithm": "HMAC_SHA_256"}]


def test_an_older_key_is_derived_when_a_fingerprint_names_it() -> None:
    kms = FakeKms()
    keys = KmsFingerprintKeys(kms, ARNS)

    assert keys.named("old").key_id == "old"
    assert [request["KeyId"] for request in kms.asked] == [ARNS[1]]


def test_threads_that_need_the_key_at_the_same_time_share_one_call() -> None:
    kms = FakeKms()
    kms.may_answer.clear()
    keys = KmsFingerprintKeys(kms, ARNS)

    with ThreadPoolExecutor(8) as executor:
        futures = [executor.submit(keys.current) for _ in range(8)]
        kms.may_answer.set()
        derived = {future.result(10).secret for future in futures}

    assert len(derived) == 1
    assert len(kms.asked) == 1


@pytest.mark.parametrize(
    "error", [client_error("AccessDeniedException"), ConnectTimeoutError(endpoint_url="https://k")]
)
def test_a_failure_of_kms_is_not_cached(error: Exception) -> None:
    keys = KmsFingerprintKeys(FakeKms(error), ARNS)

    with pytest.raises(FingerprintKeyUnavailable) as failure:
        keys.current()

    assert failure.value.is_outage
    assert keys.current().key_id == "new"


def test_an_unknown_key_is_an_outage_and_kms_is_not_called() -> None:
    kms = FakeKms()

    with pytest.raises(FingerprintKeyUnavailable, match="UnknownKey") as failure:
        KmsFingerprintKeys(kms, ARNS).named("newer")

    assert failure.value.is_outage
    assert kms.asked == []


def test_two_processes_derive_the_same_secret(aws: Aws) -> None:
    one, other = (KmsFingerprintKeys(client("kms"), [aws.fingerprint_key_arn]).current() for _ in range(2))

    assert one == other
    assert len(one.secret) == 32
    assert base64.b64encode(one.secret).decode() not in repr(one)
