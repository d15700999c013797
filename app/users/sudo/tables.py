"""Forms that wait while their sender proves who they are."""

from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec
from piccolo.columns import ForeignKey
from piccolo.columns.reference import LazyTableReference

from app import crypto, db
from app.columns import Bytes, String, UtcTimestamp
from app.table import Row

KEPT_MINUTES = 60
_PURPOSE = "kept form"


class Kept(NamedTuple):
    """A form as it was sent, without what must never be kept."""

    path: str
    fields: list[tuple[str, str]]


class KeptForm(Row, tablename="KeptForms"):
    """What somebody sent too early or too late; encrypted, for one person and one hour."""

    user_id: ForeignKey[Any] = ForeignKey(LazyTableReference("User", module_path="app.users.tables"), null=False)
    path = String()
    sealed = Bytes(secret=True)
    expires_at = UtcTimestamp()

    @classmethod
    async def keep(cls, user_id: UUID, path: str, fields: list[tuple[str, str]]) -> UUID:
        form_id = uuid4()
        sealed = crypto.encrypt(_PURPOSE, msgspec.json.encode(fields), form_id.bytes)
        await db.execute(_KEEP, form_id, user_id, path, sealed, KEPT_MINUTES)
        return form_id

    @classmethod
    async def look(cls, form_id: UUID, user_id: UUID) -> Kept | None:
        """The person's own form, if it is still kept."""
        row = await db.one(_LOOK, form_id, user_id)
        if row is None:
            return None
        plain = crypto.decrypt(_PURPOSE, row["sealed"], form_id.bytes)
        return Kept(row["path"], msgspec.json.decode(plain, type=list[tuple[str, str]]))

    @classmethod
    async def drop(cls, form_id: UUID, user_id: UUID) -> None:
        await db.execute('DELETE FROM "KeptForms" WHERE "id" = $1 AND "userId" = $2', form_id, user_id)

    @classmethod
    async def prune(cls) -> None:
        await db.execute('DELETE FROM "KeptForms" WHERE "expiresAt" < app_now()')


_KEEP = """
INSERT INTO "KeptForms" ("id", "userId", "path", "sealed", "expiresAt")
VALUES ($1, $2, $3, $4, app_now() + make_interval(mins => $5))
"""

_LOOK = """
SELECT "path", "sealed" FROM "KeptForms" WHERE "id" = $1 AND "userId" = $2 AND "expiresAt" > app_now()
"""
