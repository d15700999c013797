"""The live database against the reference, both ways, and Piccolo's tables against the live database.

tests/schema/reference.toml holds the reference, tests/schema/ours.toml every single thing that is added to it.
"""

# ruff: noqa: SLF001 - Piccolo tells about its tables in `_meta` only

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from piccolo.columns import ForeignKey
from piccolo.table import Table

from app import db, migrations
from app.config import ROOT
from app.piccolo_app import APP_CONFIG
from app.postgres import Embedded
from tests.database import TestDatabase
from tests.snapshot import Schema, column, snapshot

pytestmark = pytest.mark.anyio

FACTS = ROOT / "tests" / "schema"
OLDER = Path("/usr/lib/postgresql/15")


def _expected() -> Schema:
    """Both files as one schema, in the form that snapshot() gives."""
    reference = tomllib.loads((FACTS / "reference.toml").read_text())
    ours = tomllib.loads((FACTS / "ours.toml").read_text())
    enums = reference.pop("enums")
    tables = reference | ours["tables"]
    for name, table in tables.items():
        table["columns"] = {key: column(spec.pop("type"), **spec) for key, spec in table["columns"].items()}
        table["indexes"] |= ours["indexes"].get(name, {})
        table.setdefault("checks", [])
        touched = {"createdAt", "updatedAt"} <= table["columns"].keys()
        table["triggers"] = ours["triggers"].get(name, []) + (["touch_row"] if touched else [])
    return {"tables": tables, "enums": enums, "foreign": set(ours["foreign"])}


def _differences(live: Schema) -> list[str]:
    """What is missing, extra or other in the live schema, one line each."""
    expected = _expected()
    tables = {name: table for name, table in live["tables"].items() if name not in expected["foreign"]}
    found = _compare("table", expected["tables"], tables)
    for name in expected["tables"].keys() & tables.keys():
        wanted, there = expected["tables"][name], tables[name]
        found += _compare(f"{name}: column", wanted["columns"], there["columns"])
        found += _compare(f"{name}: index", wanted["indexes"], there["indexes"])
        if list(wanted["columns"]) != list(there["columns"]):
            found.append(f"{name}: columns stand in another order")
        if wanted["primary_key"] != there.get("primary_key"):
            found.append(f"{name}: primary key is {there.get('primary_key')}")
        for part in ("unique", "foreign_keys", "checks", "triggers"):
            if sorted(map(str, wanted[part])) != sorted(map(str, there[part])):
                found.append(f"{name}: {part} are {there[part]}, not {wanted[part]}")
    ours = {name: labels for name, labels in live["enums"].items() if name.startswith("enum_")}
    return found + _compare("enum", expected["enums"], ours)


def _compare(what: str, wanted: dict[str, Any], there: dict[str, Any]) -> list[str]:
    found = [f"{what} {name} is missing" for name in wanted.keys() - there.keys()]
    found += [f"{what} {name} is extra" for name in there.keys() - wanted.keys()]
    if not what.startswith("table"):
        found += [
            f"{what} {name} is {there[name]}, not {wanted[name]}"
            for name in wanted.keys() & there.keys()
            if wanted[name] != there[name]
        ]
    return found


@pytest.fixture
async def older_server(open_folder: Path) -> AsyncIterator[None]:
    """A migrated database on Debian's PostgreSQL 15, which brings uuid-ossp."""
    if not (OLDER / "bin" / "postgres").exists():
        pytest.skip("there is no PostgreSQL 15 on this machine")
    older = Embedded(open_folder, lasting=False, installed=OLDER)
    dsn = await asyncio.to_thread(older.start)
    try:
        await migrations.migrate(dsn, production=False)
        await db.open_pool(dsn)
        yield
        await db.close_pool()
    finally:
        await asyncio.to_thread(older.stop)


async def test_the_embedded_server_has_the_reference_and_what_is_listed(database: TestDatabase) -> None:
    assert _differences(await snapshot()) == []
    assert await db.value("SELECT count(*) FROM pg_extension WHERE extname = 'uuid-ossp'") == 0
    assert await db.value("SELECT uuid_generate_v4() <> uuid_generate_v4()")


async def test_postgresql_15_has_the_same(older_server: None) -> None:
    assert (await db.value("SHOW server_version")).startswith("15.")
    assert _differences(await snapshot()) == []
    assert await db.value("SELECT count(*) FROM pg_extension WHERE extname = 'uuid-ossp'") == 1
    assert await db.value("SELECT uuid_generate_v4() <> uuid_generate_v4()")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('ALTER TABLE "Users" DROP COLUMN "avatar"', "Users: column avatar is missing"),
        ('ALTER TABLE "Users" ADD COLUMN "shoeSize" integer', "Users: column shoeSize is extra"),
        ('ALTER TABLE "Users" ALTER COLUMN "loginCount" TYPE bigint', "Users: column loginCount is"),
        ('ALTER TABLE "Users" ALTER COLUMN "name" SET NOT NULL', "Users: column name is"),
        ('ALTER TABLE "Users" ALTER COLUMN "status" DROP DEFAULT', "Users: column status is"),
        ("""ALTER TABLE "Users" ALTER "profile" SET DEFAULT '{"bio": null}'""", "Users: column profile is"),
        ('ALTER TABLE "Tenants" DROP CONSTRAINT "Tenants_slug_key"', "Tenants: unique are"),
        ('ALTER TABLE "Roles" DROP CONSTRAINT "Roles_tenantId_fkey"', "Roles: foreign_keys are"),
        ('ALTER TABLE "Users" ADD CHECK ("loginCount" >= 0)', "Users: checks are"),
        ('ALTER TABLE "Permissions" DROP CONSTRAINT "Permissions_pkey" CASCADE', "Permissions: primary key is"),
        ("DROP INDEX users_status_idx", "Users: index users_status_idx is missing"),
        ("ALTER INDEX users_status_idx RENAME TO users_state_idx", "Users: index users_state_idx is extra"),
        ('DROP INDEX users_status_idx; CREATE INDEX users_status_idx ON "Users" ("name")', "Users: index users_status"),
        ("DROP INDEX users_lower_email_key", "Users: index users_lower_email_key is missing"),
        ('DROP TRIGGER touch_row ON "Users"', "Users: triggers are"),
        ("""ALTER TYPE "enum_Users_status" RENAME VALUE 'deleted' TO 'gone'""", "enum enum_Users_status is"),
        ('DROP TABLE "Notifications"', "table Notifications is missing"),
        ('CREATE TABLE "Shoes" ("id" uuid)', "table Shoes is extra"),
        ('CREATE VIEW "People" AS SELECT 1 AS one', "table People is extra"),
    ],
)
async def test_any_change_is_noticed(change: str, said: str, database: TestDatabase) -> None:
    await db.execute(change)
    assert any(line.startswith(said) for line in _differences(await snapshot()))


async def test_every_foreign_key_has_an_index(database: TestDatabase) -> None:
    for name, table in (await snapshot())["tables"].items():
        leading = [re.match(r"(?:unique )?btree \((\w+)", text) for text in table["indexes"].values()]
        indexed = {match[1] for match in leading if match} | {unique[0] for unique in table["unique"]}
        for foreign_key in table["foreign_keys"]:
            first = foreign_key.split(" -> ")[0].split(", ")[0]
            assert first in indexed | {table["primary_key"].split(", ")[0]}, f"{name}: {foreign_key}"


WITHOUT_CLASS = {
    "RateLimits": "three statements in app/ratelimit.py are all that touches it",
    "MemberIndex": "a key of two columns, which Piccolo has not; written by triggers alone",
    "MemberWords": "as MemberIndex",
    "MemberRoles": "as MemberIndex",
    "MemberStandings": "a key of two columns, which Piccolo has not",
    "OwnershipTransfers": "every statement on it is conditional",
    "InvitationRoles": "a key of two columns, which Piccolo has not",
    "InvitationDetails": "a part of Invitations, which no statement touches alone",
    "InvitationTokens": "as InvitationDetails",
    "InvitationBatches": "every statement on it is conditional",
    "InvitationBatchLines": "as InvitationRoles",
}
"""Tables that only raw statements know, and why."""


async def test_every_table_of_ours_has_a_class_that_says_the_same(database: TestDatabase) -> None:
    live = (await snapshot())["tables"]
    classes = {table._meta.tablename: table for table in APP_CONFIG.table_classes}
    assert classes.keys() == live.keys() - _expected()["foreign"] - WITHOUT_CLASS.keys()
    for name, table in classes.items():
        assert _in_python(table) == _in_database(live[name]), name


def _in_python(table: type[Table]) -> Schema:
    columns = {column._meta.db_column_name: column for column in table._meta.columns}
    keys = {name: column._foreign_key_meta for name, column in columns.items() if isinstance(column, ForeignKey)}
    return {
        "columns": {name: _kind(column.column_type) for name, column in columns.items()},
        "needed": {name for name, column in columns.items() if not column._meta.null},
        "foreign_keys": {
            f"{name} -> {key.resolved_references._meta.tablename}.id on delete {key.on_delete.value.lower()}"
            for name, key in keys.items()
        },
    }


def _kind(column_type: str) -> str:
    shortened = re.sub(r"\(\d+\)|\"", "", column_type)
    return shortened if shortened.startswith("enum_") else shortened.lower().replace("bigserial", "bigint")


def _in_database(table: Schema) -> Schema:
    """The trigger fills in the times, so Python need not."""
    needed = {name for name, spec in table["columns"].items() if not spec["null"]}
    return {
        "columns": {name: spec["type"] for name, spec in table["columns"].items()},
        "needed": needed - {"createdAt", "updatedAt"},
        "foreign_keys": set(table["foreign_keys"]),
    }


def test_the_documentation_names_every_column_of_the_reference_once() -> None:
    reference = tomllib.loads((FACTS / "reference.toml").read_text())
    reference.pop("enums")
    told: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / "schema.md").read_text().splitlines():
        if heading := re.match(r"### `(\w+)`", line):
            told[heading[1]] = []
        elif row := re.match(r"\| `(\w+)` \| \S.* \| \S.* \|$", line):
            told[list(told)[-1]].append(row[1])
    assert told == {name: list(table["columns"]) for name, table in reference.items()}
