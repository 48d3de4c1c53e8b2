"""Rules for what is exposed: outside development nobody posts without a credential, and no text makes a worker fail."""

from collections.abc import Iterator, Mapping

from pipeline_policies.rule import Options, Resource, ResourceRule

FUNCTION = "aws:lambda/function:Function"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
ROUTE = "aws:apigatewayv2/route:Route"
_READING = ("GET ", "HEAD ", "OPTIONS ")


def _without_credential(resource: Resource, options: Options) -> Iterator[str]:
    if resource.stack in options.development_stacks:
        return
    if resource.type == FUNCTION:
        if str(_environment(resource).get("AUTH", "")).lower() == "none":
            yield "takes every tenant's name on trust (AUTH is none)"
        return
    # The route $default answers what no other route does: it must not do more, which no policy can see.
    key = resource.props.get("routeKey", "POST (Function URL)")
    if resource.props.get("authorizationType", "NONE") == "NONE" and key != "$default" and not key.startswith(_READING):
        yield f"lets anybody use {key}"


def _chaos(resource: Resource, options: Options) -> Iterator[str]:
    chaos = str(_environment(resource).get("CHAOS", "")).lower() == "true"
    if chaos and resource.stack not in options.development_stacks:
        yield "fails on purpose for texts that begin with `chaos:`"


def _environment(resource: Resource) -> Mapping[str, object]:
    return (resource.props.get("environment") or {}).get("variables") or {}


RULES = (
    ResourceRule(
        name="authenticated",
        description="Outside development stacks, whoever writes proves who they are.",
        fix="A Function URL has no authorizer: use http-api. Run: pulumi config set auth api-key",
        types=frozenset({FUNCTION, FUNCTION_URL, ROUTE}),
        problems=_without_credential,
    ),
    ResourceRule(
        name="no-chaos",
        description="Outside development stacks, no text makes its processing fail.",
        fix="Run: pulumi config set chaos false",
        types=frozenset({FUNCTION}),
        problems=_chaos,
    ),
)
