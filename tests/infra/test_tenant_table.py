"""The table lies tenant by tenant, and is kept as carefully as the stack asks."""

import pytest

from infra.tenant_table import TenantTable, TenantTableArgs
from tests.support.pulumi_recorder import Provision, Resource

CAREFUL = TenantTableArgs(record_retention_days=0, point_in_time_recovery=True, deletion_protection=True)
CARELESS = TenantTableArgs(record_retention_days=30, point_in_time_recovery=False, deletion_protection=False)


def table(provision: Provision, args: TenantTableArgs) -> Resource:
    return provision(lambda: TenantTable("records", args)).one("aws:dynamodb/table:Table", "records")


def test_a_record_is_found_by_tenant_then_log(provision: Provision) -> None:
    records = table(provision, CAREFUL)

    assert (records["hashKey"], records["rangeKey"]) == ("tenant_id", "log_id")
    assert records["attributes"] == [{"name": "tenant_id", "type": "S"}, {"name": "log_id", "type": "S"}]


@pytest.mark.parametrize("args", [CAREFUL, CARELESS])
def test_the_table_is_billed_per_request(provision: Provision, args: TenantTableArgs) -> None:
    records = table(provision, args)

    assert records["billingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(("args", "wanted"), [(CAREFUL, True), (CARELESS, False)])
def test_recovery_and_deletion_protection_follow_the_arguments(
    provision: Provision, args: TenantTableArgs, *, wanted: bool
) -> None:
    records = table(provision, args)

    assert records["pointInTimeRecovery"] == {"enabled": wanted}
    assert records["deletionProtectionEnabled"] is wanted


def test_records_without_retention_never_expire(provision: Provision) -> None:
    assert "ttl" not in table(provision, CAREFUL).inputs


def test_records_with_retention_expire_by_their_own_attribute(provision: Provision) -> None:
    assert table(provision, CARELESS)["ttl"] == {"attributeName": "expires_at", "enabled": True}
