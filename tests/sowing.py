"""Sows words into every text of the database, whatever column it stands in, so that a test sees what pages do to them.

The columns come from the catalog: one that is added tomorrow is sown too. A table without rows gets one first.
"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec

from app import db

# Not words, and what leads to a page: without them the pages that show the others could not be opened.
KEPT = {
    ("DevMails", "html"): "HTML on purpose; the templates it is made by are swept by themselves",
    ("Invitations", "email"): "an address in canonical form, by which its owner finds the invitation",
    ("Invitations", "token"): "the hash by which a mailed link is found",
    ("MailedLinks", "act"): "what the link does, by a name of ours",
    ("MemberStandings", "formerRoles"): "ids of roles, as those of TenantUsers",
    ("Permissions", "name"): "the right that the guard asks for; what people read of it is in the code",
    ("Sessions", "provenBy"): "how the person was proven, by names of ours; pages behind a fresh proof rest on it",
    ("Slugs", "slug"): "a check lets in small letters, digits and single dashes only",
    ("Tenants", "slug"): "as that of Slugs, by a trigger",
    ("TenantUsers", "roles"): "ids of roles, by which their names are found",
    ("Users", "verificationToken"): "the hash by which a mailed link is found",
    ("Users", "resetToken"): "as above",
    ("Users", "twoFactorSecret"): "sealed by us and shown nowhere; a person who has one proves themselves by it",
    ("WorkerHeartbeats", "id"): "a machine's name for itself, shown nowhere",
}
# The same within a JSON document: what else stands in it is sown.
KEPT_KEYS = {
    ("MailedLinks", "parameters"): {"event", "recovery", "passkey", "tenant", "offer"},  # a name of ours, and ids
}
FOREIGN = ("migration", "pgqueuer%")

# What a JSON column holds where it is empty: pages show these keys.
SHAPES: dict[str, Any] = {"location": {"city": None, "country": None, "code": None}}

_COLUMNS = """
SELECT relname AS table, attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS needed,
    atthasdef OR attidentity <> '' AS filled,
    (SELECT confrelid::regclass::text FROM pg_constraint
        WHERE conrelid = attrelid AND contype = 'f' AND conkey = ARRAY[attnum]) AS target,
    (SELECT ARRAY[confrelid::regclass::text, quote_ident((SELECT attname FROM pg_attribute to_column
            WHERE to_column.attrelid = confrelid AND to_column.attnum = confkey[array_position(conkey, a.attnum)]))]
        FROM pg_constraint WHERE conrelid = attrelid AND contype = 'f' AND cardinality(conkey) > 1
            AND a.attnum = ANY (conkey) ORDER BY pg_constraint.oid LIMIT 1) AS pair,
    (SELECT substring(pg_get_constraintdef(oid) FROM $$= ANY .*?('[^']+')$$) FROM pg_constraint
        WHERE conrelid = attrelid AND contype = 'c' AND conkey = ARRAY[attnum]) AS choice
FROM pg_attribute a JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    AND NOT relname LIKE ANY ($1)
ORDER BY relname, attnum
"""

_SOW = """
UPDATE "{table}" t SET "{name}" = {value} FROM (
    SELECT ctid AS place, ' ' || row_number() OVER (ORDER BY to_jsonb(r) ->> 'id', ctid) AS number FROM "{table}" r) n
WHERE t.ctid = n.place
"""
_ONE_OF = '(SELECT "id" FROM {target} ORDER BY "id"::text = $1::text DESC LIMIT 1)'
_ONE_OF_TWO = '(SELECT t.{column} FROM {target} t ORDER BY t."userId"::text = $1::text DESC, t::text LIMIT 1)'
"""For keys of two columns: always of the same row."""

_VALUES = {
    "character varying": "$1::varchar || n.number",
    "text": "$1::varchar || n.number",
    "character varying[]": "ARRAY[$1::varchar || n.number]",
}
_SAMPLES = {
    "character varying": "'x'",
    "text": "'x'",
    "character varying[]": "'{}'",
    "timestamp without time zone": "app_now() + interval '1 hour'",
    "bytea": "uuid_send(gen_random_uuid())",
    "boolean": "false",
    "uuid": "gen_random_uuid()",
    "integer": "1",
    "double precision": "1",
}


async def columns() -> list[Any]:
    return await db.rows(_COLUMNS, list(FOREIGN))


async def choices() -> set[str]:
    """The columns of which the database itself says which words they may hold."""
    return {f"{column['table']}.{column['name']}" for column in await columns() if column["choice"]}


async def sow(words: str) -> set[str]:
    """Puts the words into every text; gives the columns in which the database refused them."""
    refused = set()
    # History is only added to; its retention job may do more, and so may this.
    await db.execute("SELECT set_config('portico.retention', 'on', true)")
    await db.execute('ALTER TABLE "Roles" DISABLE TRIGGER keep_built_in_name')
    for column in await columns():
        table, name = column["table"], column["name"]
        if (table, name) in KEPT or column["target"]:
            continue
        try:
            async with db.transaction():
                if column["type"] == "jsonb":
                    await _sow_documents(table, name, words)
                elif column["type"] in _VALUES:
                    value = _VALUES[column["type"]]
                    await db.execute(_SOW.format(table=table, name=name, value=value), words)
        except asyncpg.IntegrityConstraintViolationError:
            refused.add(f"{table}.{name}")
    return refused


async def fill_empty(person: str) -> None:
    """One row in each table that has none; whatever may belong to a person belongs to this one."""
    tables: dict[str, list[Any]] = {}
    for column in await columns():
        tables.setdefault(column["table"], []).append(column)
    async for table in _without_rows(tables):
        names, values = [], []
        for column in tables[table]:
            target, own = column["target"], column["table"] == (column["target"] or "").strip('"')
            if column["pair"]:
                names.append(column["name"])
                values.append(_ONE_OF_TWO.format(target=column["pair"][0], column=column["pair"][1]))
            elif target and not own:
                names.append(column["name"])
                values.append(_ONE_OF.format(target=target))
            elif column["needed"] and not column["filled"] and column["name"] not in {"createdAt", "updatedAt"}:
                names.append(column["name"])
                some = column["choice"] or _SAMPLES.get(column["type"])
                values.append(some or f"(enum_range(NULL::{column['type']}))[1]")
        listed = ", ".join(f'"{name}"' for name in names)
        statement = f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(values)} WHERE $1::text IS NOT NULL'
        await db.execute(statement, person)


async def _without_rows(tables: dict[str, list[Any]]) -> AsyncIterator[str]:
    """Those that others refer to come first."""
    waiting = [name for name in tables if not await db.value(f'SELECT EXISTS (SELECT FROM "{name}")')]  # noqa: S608 - as above
    while waiting:
        for name in list(waiting):
            pairs = {(column["pair"] or [""])[0].strip('"') for column in tables[name]}
            targets = {(column["target"] or "").strip('"') for column in tables[name]} | pairs
            if not targets & set(waiting) - {name}:
                waiting.remove(name)
                yield name


async def _sow_documents(table: str, name: str, words: str) -> None:
    kept = KEPT_KEYS.get((table, name), set())
    for row in await db.rows(f'SELECT ctid::text AS place, "{name}" AS document FROM "{table}"'):  # noqa: S608 - as above
        document = row["document"] or SHAPES.get(name)
        if document is not None:
            found = sown(document, words)
            if kept:
                found |= {key: document[key] for key in kept & document.keys()}
            await db.execute(
                f'UPDATE "{table}" SET "{name}" = $2::jsonb WHERE ctid = $1::text::tid',  # noqa: S608 - as above
                row["place"],
                msgspec.json.encode(found).decode(),
            )


def sown(document: Any, words: str) -> Any:
    """The document with the words in place of every text, and under a key of their own in every object."""
    if isinstance(document, dict):
        return {key: sown(value, words) for key, value in document.items()} | {words: words}
    if isinstance(document, list):
        return [sown(each, words) for each in document] or [words]
    return words if document is None or isinstance(document, str) else document
