"""Mail on its way out, and the mailbox that development reads instead of sending."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from piccolo.columns import BigSerial, ForeignKey, Integer, OnDelete, Text, Varchar
from piccolo.columns.reference import LazyTableReference

from app import db
from app.columns import Bytes, Json, String, UtcTimestamp
from app.table import Base, Row


class OutboxStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"
    EXPIRED = "expired"


class OutboxMail(Row, tablename="Outbox"):
    """A mail, written in the transaction of what it tells of. `secret` is erased when its life is over.

    `message_id` is fixed here, so that a second delivery after a crash is seen to be the same mail.
    """

    kind = String()
    recipient = String()
    user_id: ForeignKey[Any] = ForeignKey(
        LazyTableReference("User", module_path="app.users.tables"), on_delete=OnDelete.set_null
    )
    language = Varchar(length=None, default="en")
    parameters = Json()
    secret = Bytes(null=True, secret=True)
    message_id = String(unique=True)
    status = Varchar(length=None, default=OutboxStatus.QUEUED, choices=OutboxStatus)
    attempts = Integer(default=0)
    last_error = String(null=True)
    sent_at = UtcTimestamp(null=True)
    expires_at = UtcTimestamp(null=True)


class Kept(msgspec.Struct, frozen=True, rename={"recipient": "to", "created_at": "createdAt"}):
    """A mail of the development mailbox, in the form that /dev/mail.json promises to scripts."""

    id: int
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    created_at: datetime


class DevMail(Base, tablename="DevMails"):
    """A mail that was rendered and not sent, since no SMTP_URL is set; only outside production."""

    id = BigSerial(primary_key=True)
    recipient = String()
    subject = String()
    text = Text(default=None)
    html = Text(default=None)
    headers = Json()
    created_at = UtcTimestamp(null=True)

    @classmethod
    async def newest(
        cls, *, to: str | None = None, after: int = 0, before: int | None = None, limit: int = 100
    ) -> list[Kept]:
        """The newest first, of one recipient or of all; those with ids between `after` and `before`."""
        found = await db.rows(_NEWEST, to, after, limit, before)
        return [Kept(*row) for row in found]

    @classmethod
    async def kept(cls, mail_id: int) -> Kept | None:
        found = await db.one(f'SELECT {_KEPT} FROM "DevMails" WHERE "id" = $1', mail_id)
        return Kept(*found) if found else None


_KEPT = '"id", "recipient", "subject", "text", "html", "headers", "createdAt"'

_NEWEST = f"""
SELECT {_KEPT} FROM "DevMails"
WHERE "id" > $2 AND ($4::bigint IS NULL OR "id" < $4) AND ($1::varchar IS NULL OR lower("recipient") = lower($1))
ORDER BY "id" DESC LIMIT $3
"""
