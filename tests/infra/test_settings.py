"""A stack's configuration is typed, described, and refused with the command that fixes it."""

import shlex
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic.alias_generators import to_camel

from handlers.redaction.rules import KINDS
from infra.refusal import InvalidSettings
from infra.settings import REDACTABLE_KINDS, Settings
from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import Provision

JWT = {"jwtIssuer": "https://login.example.com/", "jwtAudiences": "logs"}
DOMAIN = {
    "domainName": "logs.example.com",
    "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555",
}
PULUMI_TYPES = {bool: "boolean", int: "integer", str: "string", float: "string"}


def settings_from(provision: Provision, config: dict[str, str]) -> Settings:
    received: list[Settings] = []
    provision(lambda: received.append(Settings.from_config(pulumi.Config())), config=config)
    return received[0]


def project() -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    return described


def test_a_stack_without_configuration_gets_the_defaults(provision: Provision) -> None:
    assert settings_from(provision, {}) == Settings()


def test_every_kind_of_value_is_read(provision: Provision) -> None:
    settings = settings_from(
        provision,
        {
            "ingress": "function-url",
            "workerTimeoutSeconds": "60",
            "processingSecondsPerChar": "0.001",
            "chaos": "true",
        },
    )

    assert settings == Settings(
        ingress="function-url", worker_timeout_seconds=60, processing_seconds_per_char=0.001, chaos=True
    )


KINDS_RULE = (
    "must be one or more of phone, email, credit_card, us_ssn, iban, ip, secret, private_key, separated by commas"
)


@pytest.mark.parametrize(
    ("key", "got", "rule", "fix"),
    [
        ("recordRetentionDays", "-1", "must be between 0 and 3650", "0"),
        ("workerBatchSize", "11", "must be between 1 and 10", "10"),
        ("workerMaxConcurrency", "1", "must be between 2 and 1000", "100"),
        ("workerTimeoutSeconds", "901", "must be between 1 and 900", "150"),
        ("workerTimeoutSeconds", "2m", "must be a whole number", "150"),
        ("workerTimeoutSeconds", "34", "must be at least 35 (10 s head-room, 500 characters)", "150"),
        ("processingSecondsPerChar", "-0.5", "must be between 0 and 1.78", "0.05"),
        ("processingSecondsPerChar", "5", "must be between 0 and 1.78", "0.05"),
        ("processingSecondsPerChar", "fast", "must be a number", "0.05"),
        ("processingSecondsPerChar", "nan", "must be a number", "0.05"),
        ("ingress", "rest-api", "must be one of http-api, function-url", "http-api"),
        ("auth", "basic", "must be one of none, api-key, jwt", "none"),
        ("authCacheSeconds", "3601", "must be between 0 and 3600", "60"),
        ("authCacheSeconds", "-1", "must be between 0 and 3600", "60"),
        ("jwtIssuer", "http://login.example.com/", "must look like https://login.example.com/", '""'),
        ("jwtTenantClaim", "", "must look like tenant_id", "tenant_id"),
        ("chaos", "yes", "must be true or false", "false"),
        ("redact", "email, phone", KINDS_RULE, "email,phone"),
        ("redact", "email,", KINDS_RULE, "email,phone"),
        ("chaos", "maybe", "must be true or false", "false"),
        ("processor", "shop_logs", "must look like package.module:function", '""'),
        ("processor", "shop-logs:process", "must look like package.module:function", '""'),
        ("processor", "shop_logs.process", "must look like package.module:function", '""'),
        ("processor", "shop_logs:process()", "must look like package.module:function", '""'),
        ("domainName", "https://logs.example.com", "must look like logs.example.com", '""'),
        ("domainName", "Logs.example.com", "must look like logs.example.com", '""'),
        ("certificateArn", "logs.example.com", "must look like arn:aws:acm:…:certificate/…", '""'),
        ("corsOrigins", "*", "must look like https://app.example.com, https://shop.example.com", '""'),
        ("corsOrigins", "https://a.example/", "must look like https://app.example.com, https://shop.example.com", '""'),
        ("alarmTopicArn", "ops@example.com", "must look like arn:aws:sns:…", '""'),
    ],
)
def test_a_bad_value_gets_rule_value_and_fix(provision: Provision, key: str, got: str, rule: str, fix: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, {key: got})

    assert str(refused.value) == f"{key} {rule}, got {got or 'nothing'}; run: pulumi config set {key} {fix}"


def test_a_log_retention_that_cloudwatch_does_not_offer_is_refused(provision: Provision) -> None:
    with pytest.raises(InvalidSettings, match=r"^logRetentionDays must be one of 1, 3, 5, 7, .*, got 2; run: "):
        settings_from(provision, {"logRetentionDays": "2"})


@pytest.mark.parametrize(
    ("config", "refusal"),
    [
        (
            {"processor": "shop_logs:process"},
            (
                "processorFolder must be the folder with the code where processor is set, got nothing; "
                "run: pulumi config set processorFolder processor"
            ),
        ),
        (
            {"processorFolder": "shop"},
            (
                "processor must name a function in processorFolder, as package.module:function, got nothing; "
                "run: pulumi config set processor processor:process"
            ),
        ),
    ],
)
def test_a_processor_needs_a_folder_and_a_folder_a_processor(
    provision: Provision, config: dict[str, str], refusal: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, config)

    assert str(refused.value) == refusal


@pytest.mark.parametrize("auth", ["api-key", "jwt"])
def test_a_function_url_is_refused_with_authentication(provision: Provision, auth: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, {"ingress": "function-url", "auth": auth} | JWT)

    assert str(refused.value) == (
        f"ingress must be http-api where auth is {auth}, because a Function URL has no authorizer, got function-url; "
        "run: pulumi config set ingress http-api"
    )


def test_a_function_url_has_neither_a_domain_nor_cors(provision: Provision) -> None:
    given = {"ingress": "function-url", "corsOrigins": "https://app.example.com"} | DOMAIN

    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, given)

    fixes = [line.rpartition("run: pulumi config set ")[2] for line in str(refused.value).splitlines()]
    assert fixes == ['domainName ""', 'certificateArn ""', 'corsOrigins ""']


@pytest.mark.parametrize(("given", "missing"), [("domainName", "certificateArn"), ("certificateArn", "domainName")])
def test_a_domain_needs_a_certificate_and_the_other_way_round(provision: Provision, given: str, missing: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{missing} must be .*; run: pulumi config set {missing} (arn|logs)"):
        settings_from(provision, {given: DOMAIN[given]})


def test_origins_are_separated_by_commas_with_or_without_spaces(provision: Provision) -> None:
    settings = settings_from(provision, {"corsOrigins": "https://app.example.com, http://localhost:3000"})

    assert settings.origins() == ("https://app.example.com", "http://localhost:3000")


@pytest.mark.parametrize("audiences", [{}, {"jwtAudiences": ""}, {"jwtAudiences": " , "}])
def test_jwt_without_issuer_and_audience_is_refused_with_both(provision: Provision, audiences: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, {"auth": "jwt"} | audiences)

    issuer, audience = str(refused.value).splitlines()
    assert issuer == (
        "jwtIssuer must be the issuer's URL where auth is jwt, got nothing; "
        "run: pulumi config set jwtIssuer https://login.example.com/"
    )
    assert audience == (
        "jwtAudiences must name at least one audience where auth is jwt, got nothing; "
        "run: pulumi config set jwtAudiences log-pipeline"
    )


def test_audiences_are_separated_by_commas_with_or_without_spaces(provision: Provision) -> None:
    settings = settings_from(provision, {"auth": "jwt"} | JWT | {"jwtAudiences": "logs, audit,"})

    assert settings.audiences() == ("logs", "audit")


@pytest.mark.parametrize("auth", ["none", "api-key"])
def test_issuer_and_audience_are_required_with_jwt_only(provision: Provision, auth: str) -> None:
    assert settings_from(provision, {"auth": auth}).auth == auth


def test_all_problems_are_reported_at_once(provision: Provision) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, {"workerBatchSize": "0", "chaos": "yes", "workerTimeout": "9"})

    lines = str(refused.value).splitlines()
    assert {line.split()[0] for line in lines} == {"workerBatchSize", "chaos", "workerTimeout"}


def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant(provision: Provision) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(provision, {"workerTimeoutSecond": "60"})

    assert str(refused.value) == (
        "workerTimeoutSecond is not a setting, did you mean workerTimeoutSeconds? "
        "run: pulumi config rm workerTimeoutSecond"
    )


def test_an_unknown_setting_from_the_engine_s_environment_is_refused_too(
    provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"robust-data-processor:colour": "red", "aws:region": "eu-west-1"}')

    with pytest.raises(InvalidSettings, match=r"^colour is not a setting, Pulumi.yaml describes all there are; run"):
        settings_from(provision, {})


def test_settings_made_by_a_program_are_checked_too() -> None:
    with pytest.raises(InvalidSettings) as refused:
        Settings(worker_memory_mb=1, throttle_burst=0)

    assert [problem.key for problem in refused.value.problems] == ["throttleBurst", "workerMemoryMb"]


def test_a_wrong_type_in_a_program_is_refused_in_the_same_words() -> None:
    with pytest.raises(InvalidSettings, match=r"^redact must be text, got 7; run: pulumi config set redact email,ph"):
        Settings.model_validate({"redact": 7})


def test_a_cost_that_needs_a_longer_timeout_names_one_that_is_long_enough() -> None:
    with pytest.raises(InvalidSettings) as refused:
        Settings(processing_seconds_per_char=1.7)

    assert str(refused.value) == (
        "workerTimeoutSeconds must be at least 860 (10 s head-room, 500 characters), got 150; "
        "run: pulumi config set workerTimeoutSeconds 860"
    )


def test_a_value_that_breaks_two_rules_is_fixed_by_one_command() -> None:
    with pytest.raises(InvalidSettings) as refused:
        Settings.model_validate({"auth": "jwt", "jwtAudiences": "logs", "jwtIssuer": "http://login.example.com/"})

    assert str(refused.value) == (
        "jwtIssuer must look like https://login.example.com/, got http://login.example.com/; "
        "run: pulumi config set jwtIssuer https://login.example.com/"
    )


WORDS = st.sampled_from(
    ["", "0", "1", "-1", "34", "60", "150", "901", "5", "1.7", "nan", "true", "yes", "x", "email,ip"]
)
CHOICES = st.sampled_from(["none", "api-key", "jwt", "http-api", "function-url", "arm64", "host"])
CONFIGURATIONS = st.dictionaries(
    st.sampled_from([*map(to_camel, Settings.model_fields), "workerTimeout", "colour of logs"]),
    WORDS | CHOICES | st.text(max_size=8),
    max_size=8,
)


@given(CONFIGURATIONS)
def test_the_commands_of_a_refusal_lead_to_a_configuration_that_is_accepted(config: dict[str, str]) -> None:
    try:
        Settings.model_validate(config, by_name=False)
    except InvalidSettings as refused:
        for line in str(refused).split("run: pulumi config ")[1:]:
            follow(shlex.split(line.partition("\n")[0]), config)
        Settings.model_validate(config, by_name=False)


def follow(command: list[str], config: dict[str, str]) -> None:
    """Do to the configuration what `pulumi config` does with these arguments."""
    match command:
        case ["set", key, value]:
            config[key] = value
        case ["rm", key]:
            del config[key]
        case _:
            pytest.fail(f"pulumi config does not understand {command}")


def test_pulumi_yaml_describes_every_setting_with_its_type_default_and_docstring() -> None:
    assert project()["config"] == {
        to_camel(name): {
            "type": PULUMI_TYPES[type(setting.default)],
            "default": str(setting.default) if isinstance(setting.default, float) else setting.default,
            "description": " ".join(str(setting.description).split()),
        }
        for name, setting in Settings.model_fields.items()
    }


def test_pulumi_yaml_uses_only_the_types_that_pulumi_knows() -> None:
    known = {"string": str, "integer": int, "boolean": bool}

    for key, entry in project()["config"].items():
        assert type(entry["default"]) is known[entry["type"]], key
        assert set(entry) == {"type", "default", "description"}, key


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_settings_of_every_stack_file_are_valid(provision: Provision, stack: str) -> None:
    configured = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    prefix = f"{project()['name']}:"
    own = {
        key.removeprefix(prefix): str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in configured.items()
        if key.startswith(prefix)
    }

    settings = settings_from(provision, own)

    assert settings.package_for == ("host" if stack == "local" else "lambda")
    assert not settings.deletion_protection


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_every_value_of_a_stack_file_is_quoted_so_that_pulumi_does_not_convert_it(stack: str) -> None:
    values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"].values()

    assert {type(value) for value in values} == {str}


def test_a_stack_may_redact_exactly_the_kinds_that_have_rules() -> None:
    assert set(REDACTABLE_KINDS) == set(KINDS)


@pytest.mark.parametrize("redact", ["email,fone", "", "email,,phone", "email,email", "email, phone"])
def test_a_kind_that_no_rule_knows_is_refused(redact: str) -> None:
    with pytest.raises(InvalidSettings, match=r"redact must be one or more of .*; run: pulumi config set redact"):
        Settings(redact=redact)
