"""The rules as Pulumi runs them."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from pipeline_policies import access, exposure, housekeeping, queues
from pipeline_policies.rule import Options, Resource, ResourceRule, Rule, StackRule

RULES: tuple[Rule, ...] = (*access.RULES, *queues.RULES, *exposure.RULES, *housekeeping.RULES)

_NAMES = {"type": "array", "items": {"type": "string"}}
_OPTIONS = PolicyConfigSchema(
    {
        "developmentStacks": _NAMES | {"default": sorted(Options().development_stacks)},
        "requiredTags": _NAMES | {"default": list(Options().required_tags)},
    }
)


def policies() -> list[ResourceValidationPolicy | StackValidationPolicy]:
    """Return every rule as a policy that blocks an update."""
    return [_resource_policy(rule) if isinstance(rule, ResourceRule) else _stack_policy(rule) for rule in RULES]


def _resource_policy(rule: ResourceRule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in rule.types:
            return
        resource = Resource(type=args.resource_type, urn=args.urn, props=args.props)
        for problem in rule.problems(resource, _options(args.get_config())):
            report(_message(resource, problem, rule), args.urn)

    return ResourceValidationPolicy(validate=validate, config_schema=_OPTIONS, **_described(rule))


def _stack_policy(rule: StackRule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            Resource(
                type=resource.resource_type,
                urn=resource.urn,
                props=resource.props,
                depends_on={
                    name: frozenset(other.urn for other in others)
                    for name, others in resource.property_dependencies.items()
                },
            )
            for resource in args.resources
        ]
        for resource, problem in rule.problems(resources):
            report(_message(resource, problem, rule), resource.urn)

    return StackValidationPolicy(validate=validate, **_described(rule))


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "description": rule.description,
        "remediation_steps": rule.fix,
        "enforcement_level": EnforcementLevel.MANDATORY,
    }


def _options(config: Mapping[str, Any]) -> Options:
    default = Options()
    return Options(
        development_stacks=frozenset(config.get("developmentStacks", default.development_stacks)),
        required_tags=tuple(config.get("requiredTags", default.required_tags)),
    )


def _message(resource: Resource, problem: str, rule: Rule) -> str:
    return f"{resource.name} {problem}. {rule.fix}"
