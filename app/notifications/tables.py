"""What the bell tells a person."""

from typing import Any
from uuid import UUID

from piccolo.columns import Boolean, ForeignKey, Text
from piccolo.columns.reference import LazyTableReference

from app import db
from app.table import Row


class Notification(Row, tablename="Notifications"):
    user_id: ForeignKey[Any] = ForeignKey(LazyTableReference("User", module_path="app.users.tables"), null=False)
    message = Text(default=None)
    read = Boolean(default=False, null=True)

    @classmethod
    async def add(cls, user_id: UUID, message: str) -> None:
        """One line at the bell, in the reader's language of today."""
        await db.execute('INSERT INTO "Notifications" ("userId", "message") VALUES ($1, $2)', user_id, message)
