"""The live schema in the words of tests/schema/*.toml, read from PostgreSQL's catalogs."""

import json
import re
from typing import Any

from app import db

Schema = dict[str, Any]

_TABLES = """
SELECT relname AS table FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
"""

_COLUMNS = """
SELECT relname AS table, attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS null,
    CASE WHEN attidentity = 'a' THEN 'identity always' ELSE pg_get_expr(adbin, adrelid) END AS default
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
ORDER BY relname, attnum
"""

_CONSTRAINTS = """
SELECT relname AS table, contype::text AS kind, confrelid::regclass::text AS target,
    confdeltype::text || confupdtype::text AS actions,
    pg_get_constraintdef(c.oid) AS text,
    (SELECT array_agg(attname::text ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS k(num, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = num) AS columns,
    (SELECT array_agg(attname::text ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS k(num, place)
        JOIN pg_attribute ON attrelid = confrelid AND attnum = num) AS target_columns
FROM pg_constraint c JOIN pg_class ON pg_class.oid = conrelid
WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't') ORDER BY relname, c.oid
"""

_INDEXES = """
SELECT relname AS table, indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS text, indisvalid AS valid
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid
    AND contype IN ('p', 'u', 'x'))
"""

_ENUMS = """
SELECT typname AS name, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY typname
"""

_TRIGGERS = """
SELECT relname AS table, tgname AS name FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace ORDER BY relname, tgname
"""

_DELETE = {"a": "no action", "c": "cascade", "n": "set null", "r": "restrict", "d": "set default"}
_SHORT = {"character varying": "varchar", "timestamp without time zone": "timestamp"}


async def snapshot() -> Schema:
    """Tables, enums and triggers of the schema public, in the database of the app's pool."""
    tables: Schema = {
        row["table"]: {"unique": [], "foreign_keys": [], "checks": [], "columns": {}, "indexes": {}, "triggers": []}
        for row in await db.rows(_TABLES)
    }
    for row in await db.rows(_COLUMNS):
        tables[row["table"]]["columns"][row["name"]] = _column(row)
    for row in await db.rows(_CONSTRAINTS):
        _constraint(tables[row["table"]], row)
    for row in await db.rows(_INDEXES):
        tables[row["table"]]["indexes"][row["name"]] = _index(row)
    for row in await db.rows(_TRIGGERS):
        tables[row["table"]]["triggers"].append(row["name"])
    enums = {row["name"]: row["labels"] for row in await db.rows(_ENUMS)}
    return {"tables": tables, "enums": enums}


def column(kind: str, *, null: bool = True, default: str | None = None) -> Schema:
    """A column as the facts say it; a default in JSON is compared as a value."""
    return {"type": kind, "null": null, "default": json.loads(default) if kind == "jsonb" and default else default}


def _column(row: Any) -> Schema:
    kind = row["type"].replace('"', "")
    for long, short in _SHORT.items():
        kind = kind.replace(long, short)
    return column(kind, null=row["null"], default=_default(row["default"]))


def _default(text: str | None) -> str | None:
    """The value without the cast that PostgreSQL adds to it."""
    if text is None:
        return None
    if text.startswith("ARRAY[]"):
        return "array[]"
    literal = re.fullmatch(r"'(.*)'::[\w\" ]+", text, re.DOTALL)
    return literal[1].replace("''", "'") if literal else text


def _constraint(table: Schema, row: Any) -> None:
    columns = row["columns"]
    match row["kind"]:
        case "p":
            table["primary_key"] = ", ".join(columns)
        case "u":
            table["unique"].append(columns)
        case "f":
            target = row["target"].replace('"', "")
            action = _DELETE[row["actions"][0]] + ("" if row["actions"][1] == "a" else " on update something")
            table["foreign_keys"].append(
                f"{', '.join(columns)} -> {target}.{', '.join(row['target_columns'])} on delete {action}"
            )
        case _:
            values = ", ".join(re.findall(r"'(\w+)'", row["text"]))
            table["checks"].append(f"{', '.join(columns)} in ({values})" if " = ANY " in row["text"] else row["text"])


def _index(row: Any) -> str:
    """The definition from the method on, without quotes and casts of text, key words in lower case."""
    unique = "unique " if row["text"].startswith("CREATE UNIQUE") else ""
    text = row["text"].split(" USING ", 1)[1].replace('"', "")
    text = re.sub(r"::(text|character varying|enum_\w+)", "", text)
    for word in ("WHERE", "IS NOT NULL", "DESC", "IS NULL"):
        text = text.replace(word, word.lower())
    before, where, condition = text.partition(" where ")
    before = re.sub(r"\(\(([^()]*)\)\)", r"(\1)", before)
    condition = re.sub(r"^\((\w+)\)", r"\1", re.sub(r"^\((.*)\)$", r"\1", condition))
    return unique + before + where + condition + ("" if row["valid"] else " INVALID")
