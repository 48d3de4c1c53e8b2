"""The gate before the emulator, over real HTTP: what a web page, another user and a wrong key get."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.cloud import REGION, Cloud
from local.emulator import Emulator, free_port
from local.gaps.events import EVENT_BYTES
from local.root_key import RootKey
from tests.local.test_emulator import create_function

pytestmark = pytest.mark.end_to_end

HEALTH = "/_ministack/health"
LIST_QUEUES = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
LIST_FUNCTIONS = "/2015-03-31/functions/"
ADMIN = [
    ("POST", "/_ministack/reset"),
    ("GET", "/_ministack/sqs/messages"),
    ("POST", "/_ministack/config"),
    ("GET", "/_ministack/lambda-code/nosy"),
    ("POST", "/%5Fministack/reset"),
    ("POST", "/_ministack/reset?"),
    ("GET", "/_localstack/health"),
    ("GET", "/_ministack/health/../sqs/messages"),
]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(port=free_port(), log=tmp_path_factory.mktemp("log") / "emulator.log") as running:
        create_function(running.cloud, "echo")
        yield running


@pytest.fixture(scope="module")
def api_path(emulator: Emulator) -> str:
    """Return the path of an HTTP API in front of a function."""
    gateway = emulator.cloud.client("apigatewayv2")
    function = emulator.cloud.client("lambda").get_function(FunctionName="echo")["Configuration"]["FunctionArn"]
    api = gateway.create_api(Name="front", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="POST /logs", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return f"/_aws/execute-api/{api}/$default/logs"


@pytest.fixture(scope="module")
def function_url_path(emulator: Emulator) -> str:
    url = emulator.cloud.client("lambda").create_function_url_config(FunctionName="echo", AuthType="NONE")
    return f"/_aws/lambda-url/{url['FunctionUrl'].split('//')[1].split('.')[0]}/logs"


def send(
    emulator: Emulator, path: str, *, method: str = "POST", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send a request; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(emulator.endpoint_url + path, data=body, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers.items()), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers.items()), refused.read()


def send_raw(emulator: Emulator, *lines: str) -> str:
    """Send these very lines, and return the status line of the answer; empty if the connection just ends."""
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        return connection.makefile("rb").readline().decode().strip()


def signed(
    emulator: Emulator, path: str, key: RootKey, *, method: str = "GET", body: bytes = b"", service: str = "lambda"
) -> dict[str, str]:
    request = AWSRequest(method=method, url=emulator.endpoint_url + path, data=body)
    SigV4Auth(Credentials(key.key_id, key.secret), service, REGION).add_auth(request)
    return {name.replace("-", "_"): value for name, value in request.headers.items()}


def code_of(cloud: Cloud) -> str:
    try:
        cloud.client("lambda").list_functions()
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "allowed"


def test_requests_signed_with_the_key_of_this_run_are_accepted(emulator: Emulator) -> None:
    assert code_of(emulator.cloud) == "allowed"
    status, _, _ = send(emulator, LIST_FUNCTIONS, method="GET", **signed(emulator, LIST_FUNCTIONS, emulator.root_key))
    assert status == 200


@pytest.mark.parametrize("key_id", ["test", "000000000000", "111111111111", "AKIAIOSFODNN7EXAMPLE", "own"])
def test_a_signature_with_another_key_or_secret_is_refused(emulator: Emulator, key_id: str) -> None:
    """MiniStack itself takes the first three, and `own` with any secret, for root."""
    own = emulator.root_key.key_id if key_id == "own" else key_id

    for secret in ("test", "wrong"):
        assert code_of(Cloud(emulator.endpoint_url, RootKey(key_id=own, secret=secret))) != "allowed"


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "iam", "lambda", "logs", "sts", "cloudwatch", "apigatewayv2"])
def test_the_sdk_can_parse_a_refusal(emulator: Emulator, service: str) -> None:
    calls = {
        "sqs": "list_queues",
        "dynamodb": "list_tables",
        "iam": "list_roles",
        "lambda": "list_functions",
        "logs": "describe_log_groups",
        "sts": "get_caller_identity",
        "cloudwatch": "describe_alarms",
        "apigatewayv2": "get_apis",
    }
    client = Cloud(emulator.endpoint_url, RootKey(key_id=emulator.root_key.key_id, secret="wrong")).client(service)

    with pytest.raises(ClientError) as refused:
        getattr(client, calls[service])()

    assert "Signature" in refused.value.response["Error"]["Code"]


@pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic dGVzdDp0ZXN0", "AWS test:x"])
def test_an_aws_service_refuses_unsigned_requests(emulator: Emulator, authorization: str) -> None:
    """MiniStack itself takes a bearer token for root."""
    headers = {"Authorization": authorization} if authorization else {}

    assert send(emulator, "/", body=b"{}", **LIST_QUEUES, **headers)[0] in {400, 403}
    assert send(emulator, LIST_FUNCTIONS, method="GET", **headers)[0] == 403


def test_credentials_in_the_query_string_are_refused(emulator: Emulator, api_path: str) -> None:
    for path in (api_path, LIST_FUNCTIONS):
        for name in ("X-Amz-Credential", "x-amz-credential", "%58-Amz-Credential", "AWSAccessKeyId"):
            assert send(emulator, f"{path}?{name}=test/20260101/us-east-1/lambda/aws4_request", body=b"x")[0] == 403


def test_a_body_other_than_the_signed_one_is_refused(emulator: Emulator) -> None:
    headers = signed(emulator, "/", emulator.root_key, method="POST", body=b"{}", service="sqs")

    status, _, answer = send(emulator, "/", body=b'{"QueueNamePrefix": "x"}', **LIST_QUEUES, **headers)

    assert (status, b"Signature" in answer) == (403, True)


def test_the_path_of_a_missing_api_does_not_reach_a_service(emulator: Emulator) -> None:
    for path in ("/_aws/execute-api/absent/$default/x", "/_aws/lambda-url/absent/x", "/_aws/execute-api/absent"):
        status, _, answer = send(emulator, path, body=b"{}", Authorization="Bearer x", **LIST_QUEUES)

        assert status in {403, 404}
        assert b"QueueUrls" not in answer


@pytest.mark.parametrize(("method", "path"), ADMIN)
def test_the_emulators_own_paths_are_closed(emulator: Emulator, method: str, path: str) -> None:
    assert send(emulator, path, method=method)[0] == 403


def test_the_emulators_own_paths_are_closed_to_root_too_except_for_peeking_into_a_queue(emulator: Emulator) -> None:
    reset, peek = "/_ministack/reset", "/_ministack/sqs/messages"

    assert send(emulator, reset, **signed(emulator, reset, emulator.root_key, method="POST"))[0] == 403
    assert send(emulator, peek, method="GET", **signed(emulator, peek, emulator.root_key, service="sqs"))[0] == 200


def test_no_other_key_may_peek_into_a_queue(emulator: Emulator) -> None:
    iam = emulator.cloud.client("iam")
    iam.create_user(UserName="stranger")
    issued = iam.create_access_key(UserName="stranger")["AccessKey"]
    key = RootKey(key_id=issued["AccessKeyId"], secret=issued["SecretAccessKey"])
    peek = "/_ministack/sqs/messages"

    assert send(emulator, peek, method="GET", **signed(emulator, peek, key, service="sqs"))[0] == 403


def test_the_health_check_is_open(emulator: Emulator) -> None:
    assert send(emulator, HEALTH, method="GET")[0] == 200


FROM_A_PAGE = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": ""},
    {"Host": "evil.example"},
    {"Host": "evil.example:4566"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "127.0.0.1@evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "0.0.0.0:4566"},
    {"Host": ""},
    {"Host": "abc.execute-api.localhost"},
]


@pytest.mark.parametrize("headers", FROM_A_PAGE, ids=str)
def test_a_web_page_reaches_nothing(
    emulator: Emulator, api_path: str, function_url_path: str, headers: dict[str, str]
) -> None:
    signature = signed(emulator, LIST_FUNCTIONS, emulator.root_key)

    assert send(emulator, HEALTH, method="GET", **headers)[0] == 403
    assert send(emulator, api_path, body=b"x", **headers)[0] == 403
    assert send(emulator, api_path, method="OPTIONS", **headers)[0] == 403
    assert send(emulator, function_url_path, body=b"x", **headers)[0] == 403
    assert send(emulator, LIST_FUNCTIONS, method="GET", **signature, **headers)[0] == 403


def test_curl_a_typed_url_and_a_page_of_the_same_origin_reach_the_api(
    emulator: Emulator, api_path: str, function_url_path: str
) -> None:
    own = {"Origin": emulator.endpoint_url, "Sec_Fetch_Site": "same-origin"}

    for path in (api_path, function_url_path):
        for headers in ({}, {"Sec_Fetch_Site": "none"}, own, {"Host": f"localhost:{emulator.port}"}):
            assert send(emulator, path, body=b"x", **headers)[0] == 200


def test_a_page_whose_origin_the_api_names_may_send_to_that_api_alone(
    emulator: Emulator, api_path: str, function_url_path: str
) -> None:
    page = {"Origin": "https://app.example.com", "Sec_Fetch_Site": "cross-site"}
    gateway = emulator.cloud.client("apigatewayv2")
    shared = gateway.create_api(
        Name="shared",
        ProtocolType="HTTP",
        CorsConfiguration={
            "AllowOrigins": [page["Origin"]],
            "AllowMethods": ["POST"],
            "AllowHeaders": ["content-type"],
        },
    )["ApiId"]
    shared_path = f"/_aws/execute-api/{shared}/$default/logs"

    status, headers, _ = send(emulator, shared_path, method="OPTIONS", **page)

    assert (status, headers["Access-Control-Allow-Origin"]) == (204, page["Origin"])
    assert send(emulator, shared_path, body=b"x", **page)[0] == 404  # let through, to no route
    for elsewhere in (api_path, function_url_path, LIST_FUNCTIONS, HEALTH, f"/_aws/execute-api/{shared}"):
        assert send(emulator, elsewhere, body=b"x", **page)[0] == 403
    for other in ("https://app.example.com.evil.example", "http://app.example.com", "null"):
        assert send(emulator, shared_path, body=b"x", Origin=other, Sec_Fetch_Site="cross-site")[0] == 403
    signed_elsewhere = signed(emulator, LIST_FUNCTIONS, emulator.root_key)
    assert send(emulator, LIST_FUNCTIONS, method="GET", **signed_elsewhere, **page)[0] == 403


def test_no_answer_has_cors_headers(emulator: Emulator, api_path: str, function_url_path: str) -> None:
    answers = [
        send(emulator, HEALTH, method="GET"),
        send(emulator, api_path, body=b"x"),
        send(emulator, api_path, method="OPTIONS"),
        send(emulator, function_url_path, body=b"x"),
        send(emulator, "/", method="OPTIONS"),
        send(emulator, LIST_FUNCTIONS, method="GET", **signed(emulator, LIST_FUNCTIONS, emulator.root_key)),
        send(emulator, LIST_FUNCTIONS, method="GET"),
    ]

    assert [name for _, headers, _ in answers for name in headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([f"GET {HEALTH} HTTP/1.0"], id="no Host"),
        pytest.param([f"GET {HEALTH} HTTP/1.1"], id="no Host in HTTP 1.1"),
        pytest.param([f"GET {HEALTH} HTTP/1.1", "Host: 127.0.0.1", "Host: evil.example"], id="two Hosts"),
        pytest.param([f"GET {HEALTH} HTTP/1.1", "Host: evil.example", "Host: 127.0.0.1"], id="two Hosts, swapped"),
        pytest.param([f"GET http://evil.example{HEALTH} HTTP/1.1", "Host: 127.0.0.1"], id="absolute target"),
        pytest.param(
            [f"GET {HEALTH} HTTP/1.1", "Host: 127.0.0.1", "Origin: http://127.0.0.1", "Origin: http://evil.example"],
            id="two Origins",
        ),
        pytest.param(["CONNECT evil.example:80 HTTP/1.1", "Host: 127.0.0.1"], id="CONNECT"),
        pytest.param(["OPTIONS * HTTP/1.1", "Host: 127.0.0.1"], id="asterisk target"),
        pytest.param(
            [
                "GET /_aws/execute-api/x/y HTTP/1.1",
                "Host: 127.0.0.1",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ],
            id="WebSocket",
        ),
        pytest.param(
            [
                "POST /_ministack/reset HTTP/1.1",
                "Host: 127.0.0.1",
                "Content-Length: 5",
                "Transfer-Encoding: chunked",
                "",
                "0",
            ],
            id="two lengths",
        ),
    ],
)
def test_malformed_requests_are_refused(emulator: Emulator, lines: list[str]) -> None:
    status = send_raw(emulator, *lines)

    assert status.split()[1:2] in ([], ["400"], ["403"], ["404"])
    assert code_of(emulator.cloud) == "allowed", "it still runs"


def test_a_second_request_hidden_in_the_first_is_checked_like_any_other(emulator: Emulator) -> None:
    hidden = "POST /_ministack/reset HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    queue = emulator.cloud.client("sqs").create_queue(QueueName="still-there")["QueueUrl"]

    send_raw(emulator, f"GET {HEALTH} HTTP/1.1", "Host: 127.0.0.1", "", hidden)
    send_raw(emulator, f"POST {HEALTH} HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked", "", "0", "", hidden)

    assert queue in emulator.cloud.client("sqs").list_queues()["QueueUrls"]


def test_a_function_reaches_aws_with_the_key_of_its_role(emulator: Emulator) -> None:
    payload = emulator.cloud.client("lambda").invoke(FunctionName="echo", Payload="{}")["Payload"]
    environment: dict[str, Any] = json.load(payload)["environment"]

    sts = boto3.client(
        "sts",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )

    assert "assumed-role/echo/" in sts.get_caller_identity()["Arn"]
    assert emulator.root_key.secret not in environment.values()


def test_no_key_is_written_to_the_log(emulator: Emulator) -> None:
    log = emulator.log.read_text()

    assert emulator.root_key.secret not in log
    assert emulator.log.stat().st_mode & 0o077 == 0


API_BYTES = 10 * 1024 * 1024


def test_an_http_api_accepts_at_most_10_mb(emulator: Emulator, api_path: str) -> None:
    status, _, answer = send(emulator, api_path, body=b"x" * (API_BYTES + 1), content_type="text/plain")

    assert (status, answer) == (413, b"HTTP content length exceeded 10485760 bytes.")


@pytest.mark.parametrize(
    ("media_type", "over", "under"),
    [
        ("text/plain", EVENT_BYTES, EVENT_BYTES - 4096),
        ("application/octet-stream", EVENT_BYTES * 3 // 4, EVENT_BYTES * 3 // 4 - 4096),
    ],
)
def test_an_event_has_at_most_6_mb_in_base64(
    emulator: Emulator, api_path: str, function_url_path: str, *, media_type: str, over: int, under: int
) -> None:
    for path in (api_path, function_url_path):
        status, _, answer = send(emulator, path, body=b"x" * over, content_type=media_type)
        taken, _, _ = send(emulator, path, body=b"x" * under, content_type=media_type)

        assert (status, json.loads(answer)) == (413, {"message": "Request Too Long"})
        assert taken == 200
