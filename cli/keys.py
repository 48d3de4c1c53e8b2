"""`keys`: API keys are created, listed and revoked."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta

import click

from cli.advice import advised
from cli.failures import NothingFound
from cli.key_store import KeyStore, StoredKey
from cli.names import TENANT
from cli.target import Target, with_target
from cli.terminal import as_json_option, note, print_json, print_table
from handlers.access.api_key import key_hash
from handlers.access.scopes import READING, Scope, Scopes, scopes_in, spelled
from local.state import make_dev

MIN_ID_CHARS = 6
READING_KEY_DAYS = 90
"""How long a key that can read stays valid unless the operator says otherwise."""

HEADINGS = ("id", "tenant", "status", "scopes", "created at", "expires at", "last used")


class _ScopesType(click.ParamType[Scopes]):
    name = "scopes"

    def convert(self, value: str | Scopes, param: click.Parameter | None, ctx: click.Context | None) -> Scopes:
        if not isinstance(value, str):
            return value
        names = [name.strip() for name in value.split(",")]
        scopes = scopes_in(names)
        if len(scopes) != len(names):
            self.fail(f"must be one or more of {', '.join(Scope)}, separated by commas, got {value!r}.", param, ctx)
        return scopes


@click.group()
def keys() -> None:
    """Create, list and revoke the API keys of a stack whose auth is api-key."""


@keys.command()
@click.argument("tenant_id", metavar="TENANT", type=TENANT)
@with_target
@click.option(
    "--scope",
    "scopes",
    type=_ScopesType(),
    default=Scope.WRITE.value,
    show_default=True,
    help="What the key allows: write, read, read-original (texts as they came in), separated by commas.",
)
@click.option(
    "--expires-in-days",
    type=click.IntRange(1, 3650),
    help=f"By default {READING_KEY_DAYS} for a key that can read, and never for one that can only write.",
)
@click.option("--never-expires", is_flag=True, help="Valid until it is revoked, even if it can read.")
@as_json_option
def create(
    target: Target,
    *,
    tenant_id: str,
    scopes: Scopes,
    expires_in_days: int | None,
    never_expires: bool,
    as_json: bool,
) -> None:
    """Create a key for TENANT and print it. It is shown only now, because only its hash is stored."""
    if never_expires and expires_in_days:
        raise click.UsageError("--expires-in-days and --never-expires contradict each other; give only one.")
    store = _key_store(target)
    days = None if never_expires else expires_in_days or (READING_KEY_DAYS if scopes & READING else None)
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    key, stored = store.create(tenant_id=tenant_id, scopes=scopes, expires_at=expires_at)
    if as_json:
        print_json({"key": key, **stored.as_json()})
        return
    until = f"{expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "it is revoked"
    what = " and ".join(spelled(scopes).split(","))
    note(f"Key {stored.key_id} of tenant {tenant_id} can {what}, and is valid until {until}.")
    note("It is shown only now; keep it safe:")
    click.echo(key)


@keys.command("list")
@click.argument("tenant_id", metavar="[TENANT]", type=TENANT, required=False)
@with_target
@click.option(
    "--expiring-in-days", type=click.IntRange(1, 3650), help="Only live keys that expire within so many days."
)
@as_json_option
def list_(target: Target, *, tenant_id: str | None, expiring_in_days: int | None, as_json: bool) -> None:
    """List the keys of TENANT, or of all tenants, by tenant and age."""
    stored = [key for key in _key_store(target).list() if tenant_id in (None, key.tenant)]
    if expiring_in_days:
        stored = [key for key in stored if key.expires_within(timedelta(days=expiring_in_days))]
    stored.sort(key=lambda key: (key.tenant, key.created_at))
    if as_json:
        print_json([key.as_json() for key in stored])
    elif stored:
        print_table(HEADINGS, map(_row, stored))
    if not stored:
        raise NothingFound(_no_keys(tenant_id, expiring_in_days))


@keys.command()
@click.argument("id_", metavar="ID")
@with_target
@as_json_option
def revoke(target: Target, *, id_: str, as_json: bool) -> None:
    """Revoke the key with this ID. If ID is "-", the key itself is read from standard input.

    ID is an id from `keys list`; the beginning is enough. Revoking a key twice does no harm.
    """
    store = _key_store(target)
    key = _only_key(store, _hash_prefix(id_))
    store.revoke(key)
    revoked = next(store.list(hash_prefix=key.key_hash))
    if as_json:
        print_json(revoked.as_json())
    elif key.status == "revoked":
        click.echo(f"Key {key.key_id} of tenant {key.tenant} was already revoked.")
    else:
        click.echo(f"Revoked key {key.key_id} of tenant {key.tenant}.")
        note("The gateway may accept it for another authCacheSeconds (60 seconds by default).")


def _key_store(target: Target) -> KeyStore:
    if "key_table_name" not in target.outputs:
        auth = target.outputs.get("auth", "none")
        again = f"stop the embedded cloud, and run: {make_dev({'auth': 'api-key'})}"
        fix = again if target.is_local else "run: pulumi config set auth api-key && pulumi up"
        raise click.ClickException(f"keys need a stack whose auth is api-key, but it is {auth}; {fix}")
    return KeyStore(
        target.client("dynamodb"),
        target.output("key_table_name"),
        usage_table_name=target.outputs.get("key_usage_table_name"),
    )


def _hash_prefix(id_: str) -> str:
    if id_ == "-":
        return key_hash(sys.stdin.readline().strip())
    if id_.startswith("rdp_"):
        raise click.UsageError(
            "ID must not be the key itself, because shells keep a history; give - as ID and the key on standard input."
        )
    if not re.fullmatch(rf"[0-9a-f]{{{MIN_ID_CHARS},64}}", id_.lower()):
        raise click.UsageError(
            f"ID must be {MIN_ID_CHARS} to 64 hex digits, got {id_!r}; see: {advised('keys', 'list')}"
        )
    return id_.lower()


def _only_key(store: KeyStore, hash_prefix: str) -> StoredKey:
    found = list(store.list(hash_prefix=hash_prefix))
    if not found:
        raise NothingFound(f"No such key; see: {advised('keys', 'list')}")
    if len(found) > 1:
        ids = ", ".join(key.key_hash[: len(hash_prefix) + 4] for key in found)
        raise click.ClickException(f"ID must match one key, but {hash_prefix} matches {ids}; give more of it")
    return found[0]


def _no_keys(tenant_id: str | None, expiring_in_days: int | None) -> str:
    whose = f"Tenant {tenant_id} has" if tenant_id else "There are"
    if expiring_in_days:
        return f"{whose} no live keys that expire within {expiring_in_days} days."
    return f"{whose} no keys; create one: {advised('keys', 'create', tenant_id or 'TENANT')}"


def _row(key: StoredKey) -> tuple[str, ...]:
    return (
        key.key_id,
        key.tenant,
        key.status,
        ", ".join(key.scopes),
        key.created_at[:10],
        _expiry(key),
        key.last_used or "never",
    )


def _expiry(key: StoredKey) -> str:
    if key.grant is None:
        return "unknown"
    return f"{key.grant.expires_at:%Y-%m-%d}" if key.grant.expires_at else "never"
