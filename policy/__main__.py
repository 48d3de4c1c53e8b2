"""The policy pack, which `pulumi preview` and `pulumi up` run with `--policy-pack policy`."""

from pulumi_policy import EnforcementLevel, PolicyPack

from pipeline_policies.pack import policies

PolicyPack("robust-data-processor", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
