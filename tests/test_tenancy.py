"""No query on a tenant's table without its tenant, verb by verb."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import tenancy
from app.members.tables import Invitation
from app.oauth.tables import OAuthClient
from app.table import Row
from app.tenancy import NoTenant, TenantTable, scope, scoped_sql, unscoped
from app.tenants.tables import BuiltInRole, Role, RolePermission, Tenant, TenantUser
from tests.database import TestDatabase

pytestmark = pytest.mark.anyio


class Tenants:
    """Acme and Beta, each with a role named Owner; Acme has a Guest too."""

    def __init__(self, acme: UUID, beta: UUID) -> None:
        self.acme = acme
        self.beta = beta


@pytest.fixture
async def tenants(database: TestDatabase) -> Tenants:
    made = []
    for slug in ("acme", "beta"):
        tenant = Tenant(name=slug.title(), slug=slug, database_url=f"url of {slug}")
        await tenant.save()
        made.append(tenant.id)
    with scope(made[0]):
        await Role.insert(Role(name="Owner"), Role(name="Guest"))
    with scope(made[1]):
        await Role(name="Owner").save()
    return Tenants(*made)


async def _names() -> list[tuple[UUID, str]]:
    with unscoped():
        rows = await Role.select(Role.tenant_id, Role.name).order_by(Role.name)
    return [(row["tenantId"], row["name"]) for row in rows]


async def test_select_sees_one_tenant(tenants: Tenants) -> None:
    with scope(tenants.acme):
        assert {row["name"] for row in await Role.select(Role.name)} == {"Owner", "Guest"}
        assert await Role.select(Role.name).where((Role.name == "x") | (Role.tenant_id == tenants.beta)) == []


async def test_objects_sees_one_tenant(tenants: Tenants) -> None:
    with scope(tenants.beta):
        assert [role.tenant_id for role in await Role.objects()] == [tenants.beta]
        assert await Role.objects().get(Role.name == "Guest") is None


async def test_objects_creates_in_the_tenant(tenants: Tenants) -> None:
    with scope(tenants.beta):
        made = await Role.objects().get_or_create(Role.name == "Guest")
    assert made.tenant_id == tenants.beta


async def test_count_and_exists_see_one_tenant(tenants: Tenants) -> None:
    with scope(tenants.beta):
        assert await Role.count() == 1
        assert not await Role.exists().where(Role.name == "Guest")
    with scope(tenants.acme):
        assert await Role.count() == 2
        assert await Role.exists().where(Role.name == "Guest")


async def test_update_changes_one_tenant(tenants: Tenants) -> None:
    with scope(tenants.beta):
        await Role.update({Role.name: "Boss"}).where(Role.name == "Owner")
        await Role.update({Role.description: "all"}, force=True)
    assert await _names() == [(tenants.beta, "Boss"), (tenants.acme, "Guest"), (tenants.acme, "Owner")]
    with unscoped():
        assert await Role.count().where(Role.description == "all") == 1


async def test_update_moves_no_row_to_another_tenant(tenants: Tenants) -> None:
    with scope(tenants.acme), pytest.raises(NoTenant):
        await Role.update({Role.tenant_id: tenants.beta}).where(Role.name == "Guest")


async def test_delete_removes_from_one_tenant(tenants: Tenants) -> None:
    with scope(tenants.beta):
        await Role.delete(force=True)
    assert await _names() == [(tenants.acme, "Guest"), (tenants.acme, "Owner")]


async def test_insert_fills_in_the_tenant_and_refuses_another(tenants: Tenants) -> None:
    with scope(tenants.beta):
        await Role.insert(Role(name="Guest"))
        with pytest.raises(NoTenant):
            await Role.insert(Role(name="Spy", tenant_id=tenants.acme))
        with pytest.raises(NoTenant):
            await Role(name="Spy", tenant_id=tenants.acme).save()
    assert (tenants.beta, "Guest") in await _names()


async def test_an_instance_of_another_tenant_is_neither_saved_nor_removed(tenants: Tenants) -> None:
    with scope(tenants.acme):
        guest = await Role.objects().get(Role.name == "Guest")
    assert guest is not None
    with scope(tenants.beta):
        guest.name = "Spy"
        await guest.save([Role.name])
        await guest.remove()
    assert (tenants.acme, "Guest") in await _names()


VERBS: list[Callable[[], Any]] = [
    Role.select,
    Role.objects,
    Role.count,
    Role.exists,
    lambda: Role.update({Role.name: "x"}, force=True),
    lambda: Role.delete(force=True),
    lambda: Role.insert(Role(name="x", tenant_id=uuid4())),
    lambda: Role(name="x", tenant_id=uuid4()).save(),
]


@pytest.mark.parametrize(
    "verb", VERBS, ids=["select", "objects", "count", "exists", "update", "delete", "insert", "save"]
)
def test_outside_a_scope_there_is_no_query(verb: Callable[[], Any]) -> None:
    with pytest.raises(NoTenant):
        verb()


async def test_unscoped_sees_all_and_names_none(tenants: Tenants) -> None:
    with unscoped():
        assert await Role.count() == 3
        with pytest.raises(NoTenant):
            tenancy.current()


def test_scopes_nest_and_end() -> None:
    outer, inner = uuid4(), uuid4()
    with scope(outer):
        with scope(inner):
            assert tenancy.current() == inner
        assert tenancy.current() == outer
        with pytest.raises(LookupError), scope(inner):
            raise LookupError
        assert tenancy.current() == outer
    with pytest.raises(NoTenant):
        tenancy.current()


@scoped_sql('SELECT "name" FROM "Roles" WHERE "name" >= $1 AND "tenantId" = {tenant} AND "name" <= $2 ORDER BY "name"')
def role_names(rows: list[asyncpg.Record]) -> list[str]:
    return [row["name"] for row in rows]


async def test_a_named_read_in_sql_gets_the_tenant(tenants: Tenants) -> None:
    with scope(tenants.acme):
        assert await role_names("A", "Z") == ["Guest", "Owner"]
    with scope(tenants.beta):
        assert await role_names("A", "Z") == ["Owner"]
    with pytest.raises(NoTenant):
        await role_names("A", "Z")
    with unscoped(), pytest.raises(NoTenant):
        await role_names("A", "Z")


def test_sql_without_the_tenant_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="does not name"):
        scoped_sql('SELECT "name" FROM "Roles"')


def test_every_table_with_a_tenant_is_scoped() -> None:
    scoped = {table for table in _all(Row) if any(column._meta.name == "tenant_id" for column in table._meta.columns)}  # noqa: SLF001 - Piccolo has no public way
    assert scoped - {TenantTable} == {TenantUser, Role, Invitation, OAuthClient}
    assert all(issubclass(table, TenantTable) for table in scoped)
    assert not {Tenant, RolePermission, BuiltInRole} & set(_all(TenantTable))


def _all(table: type[Any]) -> list[type[Any]]:
    return [found for direct in table.__subclasses__() for found in (direct, *_all(direct))]
