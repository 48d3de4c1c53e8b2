"""Checks the signature of a request to MiniStack, the root key's included, which MiniStack itself does not check.

MiniStack takes `test`, every 12-digit number and the configured key id for root, whatever the signature is, and a
request with `Authorization: Bearer` too. Here a key counts only if this run issued it, and if the signature is right.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

from ministack.core import iam_evaluator, sigv4
from ministack.core.iam_actions import access_denied_response
from ministack.core.responses import _account_from_sts_session, get_account_id
from ministack.core.router import detect_service

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "AWS4-HMAC-SHA256 "
Answer = tuple[int, dict[str, str], bytes]
_Failure = tuple[str, str]


def signature_failure(scope: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> Answer | None:
    """Return the answer to a request whose signature does not hold, in the form of its service; None if it holds.

    Args:
        scope: the request, as ASGI has it.
        headers: its headers by their names in lower case; a repeated one joined by a comma, as SigV4 signs it.
        body: the whole body.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    failure = _failure(scope, headers, query, body)
    if failure is None:
        return None
    code, message = failure
    service = detect_service(scope["method"], scope["path"], dict(headers), query)
    status, answer_headers, answer = access_denied_response(
        service, "", "", str(uuid4()), error_code=code, message=message, headers=dict(headers)
    )
    return status, answer_headers, answer


def is_signed(headers: Mapping[str, str]) -> bool:
    """Return whether a request carries a signature, right or wrong."""
    return headers.get("authorization", "").startswith(_ALGORITHM)


def root_signs(headers: Mapping[str, str]) -> bool:
    """Return whether a request whose signature holds is the root key's."""
    parsed = sigv4.parse_header_signature(headers)
    return not isinstance(parsed, tuple) and parsed.access_key_id == os.environ["AWS_ACCESS_KEY_ID"]


def _failure(
    scope: Mapping[str, Any], headers: Mapping[str, str], query: Mapping[str, list[str]], body: bytes
) -> _Failure | None:
    if not is_signed(headers):
        return "MissingAuthenticationToken", "Request is missing Authentication Token"
    signature = sigv4.parse_header_signature(headers)
    if isinstance(signature, tuple):
        return signature
    secret = _secret_of(signature.access_key_id, headers.get("x-amz-security-token", ""))
    if isinstance(secret, tuple):
        return secret
    raw_path = scope["raw_path"].decode("latin-1")
    failure: _Failure | None = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature, secret, scope["method"], raw_path, query, headers, body
    )
    return failure


def _secret_of(key_id: str, token: str) -> str | _Failure:
    if key_id != os.environ["AWS_ACCESS_KEY_ID"] and iam_evaluator.is_root_access_key(key_id):
        return "InvalidClientTokenId", "The security token included in the request is invalid."
    account = _account_from_sts_session(key_id) or get_account_id()
    credential = iam_evaluator.resolve_credential(key_id, account, token)
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        return credential.code, credential.message
    return str(credential.secret_access_key)
