"""The list of members: one statement for whatever is searched, filtered and sorted, as fast at 100,000 as at 1,000.

What narrows the list (a prefix, a role, a status) is looked at first, up to FEW rows of it. If that is all there is,
those few are looked up and sorted; else so many match that walking along the order of the list finds a page soon. The
statement decides by itself while it runs, since the planner guesses wrongly about what people search for. A status is
not looked at first in the list by name: an index holds those of a status in that order.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Record

from app.tenancy import scoped_sql

FEW = 2500
COUNTED = 1001
"""Counting stops there: nobody reads a larger number."""

_AFTER_ALL = "U&'\\+10FFFF'"
"""Sorts behind whatever follows a prefix."""

Status = Literal["active", "suspended", "closed"]


class Sort(StrEnum):
    """How the list is ordered: by name from A, or by a time from the newest."""

    NAME = "name"
    ACTIVE = "active"
    JOINED = "joined"


class Order(NamedTuple):
    """`key` is the indexed expression about a member `i`, to which the id is added so that no two are equal."""

    key: str
    type: str
    direction: str
    beyond: str


_ORDERS = {
    Sort.NAME: Order('i."nameKey"', "text", "", ">"),
    Sort.JOINED: Order('i."joinedAt"', "timestamp", " DESC", "<"),
    Sort.ACTIVE: Order("coalesce(i.\"lastActive\", 'epoch'::timestamp)", "timestamp", " DESC", "<"),
}


class NameKey(NamedTuple):
    """Where a page sorted by name ends."""

    name: str
    user_id: UUID


class TimeKey(NamedTuple):
    """Where a page sorted by a time ends."""

    at: datetime
    user_id: UUID


Key = NameKey | TimeKey


class Narrowing(msgspec.Struct, frozen=True):
    """Which members are meant: all whose words begin with each of `words`, with this role, of this status."""

    words: tuple[str, ...] = ()
    role_id: UUID | None = None
    status: Status | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list. `sort_key` is what it was sorted by."""

    user_id: UUID
    name: str | None
    email: str
    avatar: str | None
    status: Status
    joined: datetime
    last_active: datetime | None
    roles: list[str]
    sort_key: str | datetime

    @property
    def key(self) -> Key:
        found = self.sort_key
        return NameKey(found, self.user_id) if isinstance(found, str) else TimeKey(found, self.user_id)

    @property
    def known_as(self) -> str:
        return self.name or self.email


class Members(msgspec.Struct, frozen=True):
    """`rows` are at most one more than was asked for; `total` is None where it was not counted."""

    rows: list[Member]
    total: int | None
    now: datetime | None

    @classmethod
    async def of(cls, meant: Narrowing, *, sort: Sort, after: Key | None, most: int, count: bool) -> "Members":
        """The page after the key; `total` is counted up to COUNTED."""
        read = _reading(sort, len(meant.words), meant.role_id is not None, meant.status, after is not None, count)
        by_role = [meant.role_id] if meant.role_id else []
        found: Members = await read(most + 1, *(after or ()), *by_role, *meant.words)
        return found


class RoleName(NamedTuple):
    """A role to filter by."""

    id: UUID
    name: str

    @staticmethod
    @scoped_sql(
        """
        SELECT r."id", r."name" FROM "Roles" r LEFT JOIN "BuiltInRoles" b ON b."roleId" = r."id"
        WHERE r."tenantId" = {tenant}
        ORDER BY array_position(ARRAY['owner', 'admin', 'member'], b."kind"::text), lower(r."name"), r."id"
        """
    )
    def all(rows: list[Record]) -> list["RoleName"]:
        """The built-in ones first."""
        return [RoleName(row["id"], row["name"]) for row in rows]


class _Condition(NamedTuple):
    """`rows` finds the ids by itself, if anything does, of which `once` leaves each a single time; `holds` asks
    about one member `i`: by a subquery, which is never joined.
    """

    rows: str
    holds: str
    once: str = ""


def _conditions(
    sort: Sort,
    words: int,
    by_role: bool,  # noqa: FBT001 - a shape
    status: Status | None,
    first: int,
) -> list[_Condition]:
    """A status has no rows of its own where an index holds its members in the order of the list."""
    found = []
    if by_role:
        where = f'h."roleId" = ${first}::uuid AND h."tenantId" = {{tenant}}'
        found.append(_about("MemberRoles", "h", where, 'h."userId"'))
    for number in range(words):
        word = f"fold(${first + by_role + number}::text)"
        where = f"""h."tenantId" = {{tenant}} AND h."word" >= {word} AND h."word" < {word} || {_AFTER_ALL}"""
        found.append(_about("MemberWords", "h", where, 'h."word", h."userId"')._replace(once="DISTINCT"))
    if status == "active" or (status and sort is Sort.NAME):
        found.append(_Condition("", f"i.\"status\" = '{status}'"))
    elif status:
        holds = f"i.\"status\" = '{status}'"
        rows = (
            f'SELECT i."userId" FROM "MemberIndex" i WHERE i."tenantId" = {{tenant}} AND {holds} ORDER BY i."nameKey"'
        )
        found.append(_Condition(rows, holds))
    return found


def _about(table: str, short: str, where: str, order: str) -> _Condition:
    """The order is that of an index, so that no more of it is read than is looked at."""
    rows = f'SELECT {short}."userId" FROM "{table}" {short} WHERE {where} ORDER BY {order}'
    return _Condition(
        rows, f'(SELECT true FROM "{table}" {short} WHERE {where} AND {short}."userId" = i."userId" LIMIT 1)'
    )


@lru_cache(maxsize=256)
def _reading(
    sort: Sort,
    words: int,
    by_role: bool,  # noqa: FBT001 - a shape
    status: Status | None,
    beyond: bool,  # noqa: FBT001 - as above
    count: bool,  # noqa: FBT001 - as above
) -> Callable[..., Any]:
    """The read for one shape of question. Whatever people typed is a parameter of it: $1 is the size, then the key."""
    order = _ORDERS[sort]
    conditions = _conditions(sort, words, by_role, status, 4 if beyond else 2)
    after = f'({order.key}, i."userId") {order.beyond} ($2::{order.type}, $3::uuid)' if beyond else "true"
    # Of each set the first rows found, how many these are, and whom they are about.
    sets = [
        f"f{number} AS MATERIALIZED ({each.rows} LIMIT {FEW + 1}),"
        f" n{number} AS MATERIALIZED (SELECT count(*) AS n FROM f{number}),"
        f' s{number} AS (SELECT {each.once} "userId" FROM f{number})'
        for number, each in enumerate(conditions)
        if each.rows
    ]
    found = _Branches(order, conditions)
    total = found.total() if count else "NULL::bigint"
    sql = f"""
    WITH {"".join(f"{each}, " for each in sets)}page AS MATERIALIZED ({found.page(after)})
    SELECT u."id" AS user_id, u."name", u."email", u."avatar", i."status", i."joinedAt" AS joined,
        i."lastActive" AS last_active, {order.key} AS sort_key, app_now() AS now, ({total}) AS total,
        ARRAY(SELECT r."name"::text FROM "MemberRoles" h JOIN "Roles" r ON r."id" = h."roleId"
            LEFT JOIN "BuiltInRoles" b ON b."roleId" = r."id"
            WHERE h."tenantId" = {{tenant}} AND h."userId" = i."userId"
            ORDER BY array_position(ARRAY['owner', 'admin', 'member'], b."kind"::text), r."name") AS roles
    FROM page JOIN "MemberIndex" i ON i."tenantId" = {{tenant}} AND i."userId" = page."userId"
    JOIN "Users" u ON u."id" = i."userId" ORDER BY {order.key}{order.direction}, i."userId"{order.direction}
    """
    return scoped_sql(sql)(_shaped)


class _Branches(NamedTuple):
    """Ways to the same rows, of which the statement takes one: by a set that is complete, or along the order."""

    order: Order
    conditions: list[_Condition]

    @property
    def sets(self) -> list[str]:
        return [f"s{number}" for number, each in enumerate(self.conditions) if each.rows]

    def page(self, after: str) -> str:
        tail = f'ORDER BY {self.order.key}{self.order.direction}, i."userId"{self.order.direction} LIMIT $1'
        ways = [
            f'(SELECT i."userId" FROM {self._looked_up(name)} WHERE {self._taken(number)}'
            f" AND {self._held(but=name)} AND {after} {tail})"
            for number, name in enumerate(self.sets)
        ]
        ways.append(
            f'(SELECT i."userId" FROM "MemberIndex" i WHERE i."tenantId" = {{tenant}} AND {self._taken(len(self.sets))}'
            f" AND {self._held()} AND {after} {tail})"
        )
        return " UNION ALL ".join(ways)

    def total(self) -> str:
        if len(self.sets) == len(self.conditions) == 1:
            alone = f"(SELECT count(*) FROM {self.sets[0]})"
            ways = [f"WHEN {self._taken(0)} OR {alone} >= {COUNTED} THEN least({alone}, {COUNTED})"]
        else:
            ways = [
                f"WHEN {self._taken(number)} THEN (SELECT count(*) FROM"
                f" (SELECT FROM {self._looked_up(name)} WHERE {self._held(but=name)} LIMIT {COUNTED}) counted)"
                for number, name in enumerate(self.sets)
            ]
        some = f'SELECT FROM "MemberIndex" i WHERE i."tenantId" = {{tenant}} AND {self._held()} LIMIT {COUNTED}'
        walked = f"(SELECT count(*) FROM ({some}) counted)"
        return f"SELECT CASE {' '.join(ways)} ELSE {walked} END" if ways else f"SELECT {walked}"

    def _held(self, but: str = "") -> str:
        """What is asked of each member; of those of a set not once more what the set holds already."""
        return " AND ".join(each.holds for n, each in enumerate(self.conditions) if f"s{n}" != but) or "true"

    def _taken(self, number: int) -> str:
        """Whether this way is: the smallest set, if it is complete; the last one if none is."""
        sizes = [f"(SELECT n FROM {name.replace('s', 'n')})" for name in self.sets]
        if number == len(sizes):
            return " AND ".join(f"{size} > {FEW}" for size in sizes) or "true"
        others = [f"{sizes[number]} < {size}" for size in sizes[:number]]
        others += [f"{sizes[number]} <= {size}" for size in sizes[number + 1 :]]
        return " AND ".join([f"{sizes[number]} <= {FEW}", *others])

    def _looked_up(self, name: str) -> str:
        """`OFFSET 0` keeps the look-up one by one: few are looked up, and a join would read all."""
        return (
            f'{name} JOIN LATERAL (SELECT * FROM "MemberIndex" WHERE "tenantId" = {{tenant}}'
            f' AND "userId" = {name}."userId" OFFSET 0) i ON true'
        )


def _shaped(rows: list[Record]) -> Members:
    members = []
    for row in rows:
        values = dict(row)
        values.pop("now")
        values.pop("total")
        members.append(Member(**values))
    return Members(members, rows[0]["total"] if rows else 0, rows[0]["now"] if rows else None)
