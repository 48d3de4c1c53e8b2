"""The authorizer of an HTTP API: who is behind a request, by API key or by JSON Web Token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.function import PythonFunction

AUTHORIZATION = "Authorization"


@dataclass(frozen=True, kw_only=True)
class JwtArgs:
    """Which JSON Web Tokens are accepted; the gateway checks signature, issuer, audience and expiry."""

    issuer: pulumi.Input[str]
    """The issuer's URL, under which its keys are published."""
    audiences: pulumi.Input[Sequence[str]]
    """The accepted audiences; a token must name one of them."""


@dataclass(frozen=True, kw_only=True)
class AuthorizerArgs:
    """How tenants prove who they are: by API key or by JSON Web Token, one of the two."""

    key_function: PythonFunction | None = None
    """The function that looks API keys up."""
    cache_seconds: int = 0
    """How long the gateway caches the function's answer for a key; a revoked key keeps working for up to that long."""
    header: str = AUTHORIZATION
    """The header that carries the credential; answers are cached by its value."""
    jwt: JwtArgs | None = None
    """Which tokens are accepted."""

    def __post_init__(self) -> None:
        """Refuse neither and both."""
        if (self.key_function is None) == (self.jwt is None):
            raise ValueError("an authorizer takes a key_function or jwt, got both or neither; give one of them")


class Authorizer(pulumi.ComponentResource):
    """Lets a gateway find out the tenant; the gateway itself refuses a request without its header."""

    id: pulumi.Output[str]
    type: str

    def __init__(
        self,
        name: str,
        api: aws.apigatewayv2.Api,
        args: AuthorizerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("robust-data-processor:infra:Authorizer", name, None, opts)
        if args.jwt is not None:
            self.type = "JWT"
            self.id = self._jwt(name, api, args, args.jwt).id
        elif args.key_function is not None:
            self.type = "CUSTOM"
            self.id = self._key(name, api, args, args.key_function).id
        self.register_outputs({"id": self.id})

    def _jwt(
        self, name: str, api: aws.apigatewayv2.Api, args: AuthorizerArgs, jwt: JwtArgs
    ) -> aws.apigatewayv2.Authorizer:
        return aws.apigatewayv2.Authorizer(
            name,
            api_id=api.id,
            authorizer_type="JWT",
            identity_sources=[f"$request.header.{args.header}"],
            jwt_configuration=aws.apigatewayv2.AuthorizerJwtConfigurationArgs(
                issuer=jwt.issuer, audiences=pulumi.Output.from_input(jwt.audiences).apply(list)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _key(
        self, name: str, api: aws.apigatewayv2.Api, args: AuthorizerArgs, function: PythonFunction
    ) -> aws.apigatewayv2.Authorizer:
        authorizer = aws.apigatewayv2.Authorizer(
            name,
            api_id=api.id,
            authorizer_type="REQUEST",
            authorizer_uri=function.invoke_arn,
            authorizer_payload_format_version="2.0",
            enable_simple_responses=True,
            identity_sources=[f"$request.header.{args.header}"],
            authorizer_result_ttl_in_seconds=args.cache_seconds,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.lambda_.Permission(
            f"{name}-authorizer",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/authorizers/", authorizer.id),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return authorizer
