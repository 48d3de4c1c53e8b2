"""Tenant credentials: asked for once per tenant, kept while they last, shared between threads, never mixed up."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from handlers.aws.failures import CredentialsUnavailable
from handlers.aws.tenant_credentials import TenantCredentials
from tests.support.fake_sqs import client_error

ROLE = "arn:aws:iam::123456789012:role/tenant-writer"


class FakeSts:
    """Hands out credentials that name their tenant, and remembers what it was asked."""

    before: Callable[[str], object]

    def __init__(self, *, lasting: timedelta = timedelta(hours=1)) -> None:
        self.asked: list[dict[str, Any]] = []
        self.lasting = lasting
        self.before = lambda _tenant_id: None

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        tenant_id = request["Tags"][0]["Value"]
        self.before(tenant_id)
        return {
            "Credentials": {
                "AccessKeyId": f"key-of-{tenant_id}",
                "SecretAccessKey": f"secret-{len(self.asked)}",
                "SessionToken": "token",
                "Expiration": datetime.now(UTC) + self.lasting,
            }
        }


def test_the_session_carries_the_tenant_as_its_only_tag() -> None:
    sts = FakeSts()

    credentials = TenantCredentials(sts, ROLE).of("acme", lasting_seconds=60)

    assert sts.asked == [
        {
            "RoleArn": ROLE,
            "RoleSessionName": "tenant-acme",
            "DurationSeconds": 3600,
            "Tags": [{"Key": "tenant_id", "Value": "acme"}],
        }
    ]
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("key-of-acme", "secret-1", "token")


@pytest.mark.parametrize("tenant_id", ["a", "a" * 64])
def test_a_session_name_has_a_length_that_sts_accepts_for_any_tenant(tenant_id: str) -> None:
    sts = FakeSts()

    TenantCredentials(sts, ROLE).of(tenant_id, lasting_seconds=60)

    assert 2 <= len(sts.asked[0]["RoleSessionName"]) <= 64
    assert sts.asked[0]["Tags"][0]["Value"] == tenant_id


def test_credentials_are_kept_while_they_last() -> None:
    sts = FakeSts()
    credentials = TenantCredentials(sts, ROLE)

    first, second = (credentials.of("acme", lasting_seconds=150) for _ in range(2))

    assert first is second
    assert len(sts.asked) == 1


def test_credentials_that_would_expire_too_soon_are_requested_again() -> None:
    sts = FakeSts(lasting=timedelta(seconds=100))
    credentials = TenantCredentials(sts, ROLE)

    short = [credentials.of("acme", lasting_seconds=50) for _ in range(2)]
    long = credentials.of("acme", lasting_seconds=150)

    assert short[0] is short[1]
    assert long is not short[0]
    assert len(sts.asked) == 2


def test_credentials_are_returned_even_if_they_never_last_long_enough() -> None:
    sts = FakeSts()

    credentials = TenantCredentials(sts, ROLE).of("acme", lasting_seconds=7200)

    assert credentials.access_key == "key-of-acme"


def test_the_least_recently_used_tenant_is_forgotten_first() -> None:
    sts = FakeSts()
    credentials = TenantCredentials(sts, ROLE, tenants_kept=2)
    for tenant_id in ("a", "b", "a", "c"):
        credentials.of(tenant_id, lasting_seconds=60)
    sts.asked.clear()

    for tenant_id in ("a", "c", "b"):
        credentials.of(tenant_id, lasting_seconds=60)

    assert [request["Tags"][0]["Value"] for request in sts.asked] == ["b"]


def test_threads_that_ask_for_different_tenants_wait_concurrently() -> None:
    sts = FakeSts()
    all_here = threading.Barrier(10)
    sts.before = lambda _tenant_id: all_here.wait(timeout=5)
    credentials = TenantCredentials(sts, ROLE)

    with ThreadPoolExecutor(10) as executor:
        answers = list(executor.map(lambda number: credentials.of(f"t{number}", lasting_seconds=60), range(10)))

    assert [answer.access_key for answer in answers] == [f"key-of-t{number}" for number in range(10)]


def ask_together(credentials: TenantCredentials, sts: FakeSts, *, threads: int) -> list[object]:
    """Ask for one tenant from several threads; STS answers when all but the first wait for its answer."""
    then = sts.before

    def answer_late(tenant_id: str) -> None:
        sts.before = then
        waiting = credentials._flight._flying[tenant_id]._condition._waiters
        deadline = time.monotonic() + 5
        while len(waiting) < threads - 1 and time.monotonic() < deadline:
            time.sleep(0.001)
        then(tenant_id)

    def ask(_number: int) -> object:
        try:
            return credentials.of("acme", lasting_seconds=60)
        except CredentialsUnavailable as error:
            return error

    sts.before = answer_late
    with ThreadPoolExecutor(threads) as executor:
        return list(executor.map(ask, range(threads)))


def test_threads_that_ask_for_the_same_tenant_share_one_answer() -> None:
    sts = FakeSts()

    answers = ask_together(TenantCredentials(sts, ROLE), sts, threads=8)

    assert len({id(answer) for answer in answers}) == 1
    assert len(sts.asked) == 1


def test_all_threads_that_wait_for_a_failing_call_fail_and_the_next_call_asks_again() -> None:
    sts = FakeSts()
    fail_once = iter([client_error("ThrottlingException")])

    def fail(_tenant_id: str) -> None:
        for error in fail_once:
            raise error

    sts.before = fail
    credentials = TenantCredentials(sts, ROLE)

    answers = ask_together(credentials, sts, threads=4)
    later = credentials.of("acme", lasting_seconds=60)

    assert [(type(answer), str(answer)) for answer in answers] == [(CredentialsUnavailable, "ThrottlingException")] * 4
    assert later.access_key == "key-of-acme"
    assert len(sts.asked) == 2


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (client_error("AccessDenied"), "AccessDenied"),
        (ConnectTimeoutError(endpoint_url="https://sts"), "ConnectTimeoutError"),
    ],
)
def test_a_refusal_is_named_without_quoting_it(error: Exception, cause: str) -> None:
    sts = FakeSts()

    def fail(_tenant_id: str) -> None:
        raise error

    sts.before = fail

    with pytest.raises(CredentialsUnavailable) as refused:
        TenantCredentials(sts, ROLE).of("acme", lasting_seconds=60)

    assert str(refused.value) == cause


def test_an_unexpected_error_leaves_no_thread_waiting() -> None:
    sts = FakeSts()
    fail_once = iter([RuntimeError("broken")])

    def fail(_tenant_id: str) -> None:
        for error in fail_once:
            raise error

    sts.before = fail
    credentials = TenantCredentials(sts, ROLE)

    with pytest.raises(RuntimeError):
        credentials.of("acme", lasting_seconds=60)

    assert credentials.of("acme", lasting_seconds=60).access_key == "key-of-acme"


def test_a_tenant_that_sts_refuses_does_not_affect_others() -> None:
    sts = FakeSts()

    def fail(tenant_id: str) -> None:
        if tenant_id == "bad":
            raise client_error("AccessDenied")

    sts.before = fail
    credentials = TenantCredentials(sts, ROLE)

    with pytest.raises(CredentialsUnavailable):
        credentials.of("bad", lasting_seconds=60)

    assert credentials.of("good", lasting_seconds=60).access_key == "key-of-good"


def test_under_load_every_thread_gets_its_own_tenants_credentials_and_few_are_kept() -> None:
    sts = FakeSts()
    credentials = TenantCredentials(sts, ROLE, tenants_kept=3)

    def ask(number: int) -> bool:
        tenant_id = f"t{number * 7 % 11}"
        return credentials.of(tenant_id, lasting_seconds=60).access_key == f"key-of-{tenant_id}"

    with ThreadPoolExecutor(20) as executor:
        right = Counter(executor.map(ask, range(2000)))

    assert right == {True: 2000}
    assert len(credentials._kept) == 3
    assert credentials._flight._flying == {}
