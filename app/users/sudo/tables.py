"""Forms that wait while their sender proves who they are."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
from piccolo.columns import ForeignKey
from piccolo.columns.reference import LazyTableReference

from app import crypto, db
from app.columns import Bytes, String, UtcTimestamp
from app.table import Row

KEPT_MINUTES = 60
MOST_KEPT = 10
"""Kept forms of one person; the oldest go first."""

_PURPOSE = "kept form"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent, without what must never be kept.

    `incomplete` says that passwords, codes or files were left out; `late` that it came after the session's end, and
    not before a fresh proof.
    """

    path: str
    fields: list[tuple[str, str]]
    act: str | None = None
    incomplete: bool = False
    late: bool = False


class KeptForm(Row, tablename="KeptForms"):
    """What somebody sent too early or too late; encrypted, for one person and one hour."""

    user_id: ForeignKey[Any] = ForeignKey(LazyTableReference("User", module_path="app.users.tables"), null=False)
    path = String()
    sealed = Bytes(secret=True)
    expires_at = UtcTimestamp()

    @classmethod
    async def keep(cls, user_id: UUID, form: Kept) -> UUID:
        form_id = uuid4()
        sealed = crypto.encrypt(_PURPOSE, msgspec.json.encode(form), form_id.bytes)
        await db.execute(_KEEP, form_id, user_id, form.path.partition("?")[0], sealed, KEPT_MINUTES, MOST_KEPT)
        return form_id

    @classmethod
    async def look(cls, form_id: UUID, user_id: UUID) -> Kept | None:
        """The person's own form, if it is still kept."""
        sealed = await db.value(_LOOK, form_id, user_id)
        if sealed is None:
            return None
        return msgspec.json.decode(crypto.decrypt(_PURPOSE, sealed, form_id.bytes), type=Kept)

    @classmethod
    async def take(cls, form_id: UUID, user_id: UUID) -> bool:
        """Uses the person's form up, once; False if it is not kept any more."""
        return await db.value(_TAKE, form_id, user_id) is not None

    @classmethod
    async def prune(cls) -> None:
        await db.execute('DELETE FROM "KeptForms" WHERE "expiresAt" < app_now()')


_KEEP = """
WITH oldest AS (
    DELETE FROM "KeptForms" WHERE "id" IN (
        SELECT "id" FROM "KeptForms" WHERE "userId" = $2 ORDER BY "createdAt" DESC, "id" DESC OFFSET $6 - 1
    )
)
INSERT INTO "KeptForms" ("id", "userId", "path", "sealed", "expiresAt")
VALUES ($1, $2, $3, $4, app_now() + make_interval(mins => $5))
"""

_LOOK = """
SELECT "sealed" FROM "KeptForms" WHERE "id" = $1 AND "userId" = $2 AND "expiresAt" > app_now()
"""

_TAKE = """
DELETE FROM "KeptForms" WHERE "id" = $1 AND "userId" = $2 AND "expiresAt" > app_now() RETURNING "id"
"""
