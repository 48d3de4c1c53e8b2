"""Failures: an outage is distinguished from a request that AWS finds invalid, and neither quotes a log."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from handlers.aws.failures import TableUnavailable
from tests.support.fake_sqs import client_error

OUTAGES = {
    "no answer": ConnectTimeoutError(endpoint_url="https://x"),
    "half an answer": ReadTimeoutError(endpoint_url="https://x"),
    "no such host": EndpointConnectionError(endpoint_url="https://x"),
    "an answer in another language": ResponseParserError("<html>"),
    "no credentials": NoCredentialsError(),
    "an error without a code": ClientError({}, "PutItem"),
} | {
    code: client_error(code)
    for code in (
        "AccessDeniedException",
        "ExpiredTokenException",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ResourceNotFoundException",
        "ServiceUnavailable",
        "ThrottlingException",
        "UnrecognizedClientException",
    )
}
INVALID = {
    "an argument of a wrong type": ParamValidationError(report="555-0199"),
    "an item that is too large": client_error("ValidationException"),
    "a body that is too large": client_error("RequestEntityTooLarge"),
    "a name that STS refuses": client_error("ValidationError"),
}


@pytest.mark.parametrize("error", OUTAGES.values(), ids=OUTAGES)
def test_an_error_that_is_not_about_the_log_is_an_outage(error: Exception) -> None:
    assert TableUnavailable.of(error).is_outage


@pytest.mark.parametrize("error", INVALID.values(), ids=INVALID)
def test_an_error_that_no_retry_fixes_is_not_an_outage(error: Exception) -> None:
    assert not TableUnavailable.of(error).is_outage


@pytest.mark.parametrize("error", [*OUTAGES.values(), *INVALID.values()], ids=[*OUTAGES, *INVALID])
def test_a_failure_is_one_word_that_quotes_nothing(error: Exception) -> None:
    assert str(TableUnavailable.of(error)).isalpha()
