"""What operations are described with: answers, refusals and parameters."""

from collections.abc import Mapping
from typing import Any

from docs.openapi.schemas import problem_of, reference
from handlers.web.refusals import Code

Part = dict[str, Any]

JSON = "application/json"
PROBLEM = "application/problem+json"
# What every protocol's clients repeat.
RETRYABLE_STATUS = 503
# What the gateway may answer by itself, in a form of its own.
GATEWAY_STATUSES = {
    401: "The credential is missing or not valid",
    413: "The request is too large",
    429: "Throttled",
    500: "Without a code: the authorizer failed, nothing was accepted; send it again later",
}


def refusals(codes: tuple[Code, ...]) -> Part:
    """Return the answers that refuse: with one of these codes, or as the gateway does where it may."""
    statuses = {code.status for code in codes}
    from_gateway = {429} | (GATEWAY_STATUSES.keys() & statuses)
    return {str(status): _refusal(status, codes, from_gateway) for status in sorted(statuses | from_gateway)}


def _refusal(status: int, codes: tuple[Code, ...], from_gateway: set[int]) -> Part:
    of_status = [code for code in codes if code.status == status]
    meanings = [code.meaning for code in of_status]
    if status in from_gateway:
        meanings.append(GATEWAY_STATUSES[status])
    content = {PROBLEM: {"schema": problem_of(of_status)}} if of_status else {}
    if status in from_gateway:
        content[JSON] = {"schema": reference("GatewayMessage")}
    known_headers = _headers(of_status, always=status not in from_gateway)
    headers = {"headers": known_headers} if known_headers else {}
    return {"description": f"{'; '.join(meanings)}.", **headers, "content": content}


def _headers(codes: list[Code], *, always: bool) -> Part:
    if any(code.retryable for code in codes):
        seconds = {"type": "integer", "minimum": 1}
        return {"Retry-After": {"description": "After how many seconds.", "required": always, "schema": seconds}}
    if Code.UNAUTHENTICATED in codes:
        return {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return {}


def protocol_refusals(meanings: Mapping[int, str], content: Part) -> Part:
    """Return the answers that refuse in a protocol's own form, or as the gateway does where it may.

    Args:
        meanings: what each status says; one that is not among them only the gateway answers.
        content: the form, by content type.
    """
    by_gateway = {429: GATEWAY_STATUSES[429], 500: GATEWAY_STATUSES[500]}
    return {
        str(status): _protocol_refusal(status, meaning, content if status in meanings else {})
        for status, meaning in sorted((by_gateway | dict(meanings)).items())
    }


def _protocol_refusal(status: int, meaning: str, content: Part) -> Part:
    if status in GATEWAY_STATUSES:
        content = content | {JSON: {"schema": _either(content.get(JSON), reference("GatewayMessage"))}}
    seconds = {"type": "integer", "minimum": 1}
    headers = {"headers": {"Retry-After": {"required": True, "schema": seconds}}} if status == RETRYABLE_STATUS else {}
    return {"description": f"{meaning}.", **headers, "content": content}


def _either(media: Part | None, schema: Part) -> Part:
    return {"anyOf": [media["schema"], schema]} if media else schema


def answer(meaning: str, schema: Part) -> Part:
    """Return an answer in JSON."""
    return {"description": meaning, "content": {JSON: {"schema": schema}}}


def header(name: str, schema: Part, meaning: str, *, required: bool = False) -> Part:
    """Return a header of a request; an empty one counts as none."""
    described = {"name": name, "in": "header", "description": meaning}
    if required:
        return described | {"required": True, "schema": schema}
    if "pattern" in schema:
        schema = schema | {"pattern": f"^$|{schema['pattern']}"}
    return described | {"schema": schema}


def query(name: str, schema: Part, meaning: str) -> Part:
    """Return a parameter of a query string."""
    return {"name": name, "in": "query", "description": meaning, "schema": schema}


def path(name: str, schema: Part) -> Part:
    """Return a variable part of a path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}
