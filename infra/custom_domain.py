"""A name of your own for an HTTP API: clients keep their URL when the API is replaced."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.tags import tags


@dataclass(frozen=True, kw_only=True)
class CustomDomainArgs:
    """The name, and what answers under it."""

    domain_name: str
    """Such as `logs.example.com`."""
    certificate_arn: pulumi.Input[str]
    """The certificate of that name in AWS Certificate Manager, in the API's region."""
    api_id: pulumi.Input[str]
    """The HTTP API that answers."""
    stage_id: pulumi.Input[str]
    """Its stage; it must exist before it is mapped."""


class CustomDomain(pulumi.ComponentResource):
    """A regional domain name that leads to one stage of one HTTP API.

    The record in DNS is yours to make: a CNAME, or an alias in Route 53, from the name to `target`.
    """

    url: pulumi.Output[str]
    target: pulumi.Output[str]
    """The name that the record in DNS has to point to."""
    hosted_zone_id: pulumi.Output[str]
    """The zone of that name, which an alias record in Route 53 asks for."""

    def __init__(self, name: str, args: CustomDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:CustomDomain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        domain = aws.apigatewayv2.DomainName(
            name,
            domain_name=args.domain_name,
            domain_name_configuration=aws.apigatewayv2.DomainNameDomainNameConfigurationArgs(
                certificate_arn=args.certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
            ),
            tags=tags(name),
            opts=child,
        )
        mapping = aws.apigatewayv2.ApiMapping(
            name, api_id=args.api_id, stage=args.stage_id, domain_name=domain.domain_name, opts=child
        )

        # Nobody gets the URL before something answers under it.
        self.url = pulumi.Output.concat("https://", mapping.domain_name)
        self.target = domain.domain_name_configuration.target_domain_name
        self.hosted_zone_id = domain.domain_name_configuration.hosted_zone_id
        self.register_outputs({"url": self.url, "target": self.target})
