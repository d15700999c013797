"""Delivering a row of the outbox: claimed, rendered, handed over, recorded.

A crash between the server's "250" and our record delivers the mail once more, with the same Message-ID; nothing else
delivers one twice. For this a claim holds for CLAIM: whoever gets the same job meanwhile waits.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import msgspec

from app import crypto, db
from app.config import settings
from app.jobs.registry import Later
from app.mail import transport
from app.mail.message import compose
from app.mail.outbox import PURPOSE
from app.mail.rendering import Letter, render
from app.mail.tables import OutboxStatus

log = logging.getLogger("portico.mail")

CLAIM = timedelta(seconds=transport.HAND_OVER_SECONDS + 30)

# Two minutes at most for a quarter of an hour, so that a mail server's short absence delays a code by no more; then
# less and less often, for a day in all.
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (10, 30, 60, *[120] * 7, 300, 900, 1800, 3600, 7200, 14400, 28800, 28800)
)

# In flight is a queued row with attempts and without an error; each try leaves one or the other.
_CLAIM = """
UPDATE "Outbox" SET "attempts" = "attempts" + 1, "lastError" = NULL
WHERE "id" = $1 AND "status" = 'queued' AND ("expiresAt" IS NULL OR "expiresAt" > app_now())
  AND ("attempts" = 0 OR "lastError" IS NOT NULL OR "updatedAt" < app_now() - $2::interval)
RETURNING *
"""

_CLAIMED_FOR = """
SELECT "updatedAt" + $2::interval - app_now() FROM "Outbox" WHERE "id" = $1 AND "status" = 'queued'
"""

_EXPIRE = """
UPDATE "Outbox" SET "status" = 'expired', "secret" = NULL
WHERE "id" = $1 AND "status" = 'queued' AND "expiresAt" <= app_now()
"""

_END = """
UPDATE "Outbox" SET "status" = $2::varchar, "lastError" = $3, "secret" = NULL,
  "sentAt" = CASE WHEN $2::varchar = 'sent' THEN app_now() END
WHERE "id" = $1 AND "status" = 'queued'
"""

_KEEP = """
INSERT INTO "DevMails" ("recipient", "subject", "text", "html", "headers") VALUES ($1, $2, $3, $4, $5)
"""


class Mail(msgspec.Struct, frozen=True):
    """A claimed row, as far as delivering needs it."""

    id: UUID
    kind: str
    recipient: str
    language: str
    parameters: dict[str, Any]
    secret: bytes | None
    message_id: str
    attempts: int
    created_at: datetime
    expires_at: datetime | None

    @property
    def life(self) -> timedelta | None:
        return self.expires_at - self.created_at if self.expires_at else None


async def deliver(mail_id: UUID) -> None:
    """One attempt. Harmless to repeat: what is sent, dead or expired stays so. Raises Later to be called again."""
    mail = await _claim(mail_id)
    if mail is None:
        return
    try:
        letter = _letter(mail)
    except Exception as error:  # a template of the next release or a key put back may mend it: no mail is lost by it
        log.exception("mail %s of kind %s cannot be rendered", mail.id, mail.kind)
        await _put_off(mail, f"cannot be rendered: {type(error).__name__}")
        return
    message = compose(letter, to=mail.recipient, message_id=mail.message_id, written=mail.created_at)
    if settings().smtp_url is None and not settings().production:
        await _keep(mail, letter, message)
    else:
        await _hand_over(mail, message)


async def _hand_over(mail: Mail, message: EmailMessage) -> None:
    try:
        await transport.hand_over(message, mail.recipient)
    except transport.Refused as no:
        log.warning("mail %s is refused for good: %s", mail.id, no)
        await _end(mail, OutboxStatus.DEAD, str(no))
    except transport.Delayed as no:
        await _put_off(mail, str(no))
    else:
        await _surely_end(mail)


async def _keep(mail: Mail, letter: Letter, message: EmailMessage) -> None:
    """Into the mailbox of development; one transaction, so exactly once."""
    headers = {name: str(value) for name, value in message.items()}
    async with db.transaction():
        await db.execute(_KEEP, mail.recipient, letter.subject, letter.text, letter.html, headers)
        await _end(mail, OutboxStatus.SENT)


async def _claim(mail_id: UUID) -> Mail | None:
    """The row, ours for CLAIM; None if there is nothing left to do. Raises Later while another attempt may be on."""
    row = await db.one(_CLAIM, mail_id, CLAIM)
    if row is not None:
        return Mail(
            row["id"], row["kind"], row["recipient"], row["language"], row["parameters"], row["secret"],
            row["messageId"], row["attempts"], row["createdAt"], row["expiresAt"],
        )  # fmt: skip
    await db.execute(_EXPIRE, mail_id)
    if (wait := await db.value(_CLAIMED_FOR, mail_id, CLAIM)) is not None:
        raise Later(wait, "another attempt may be under way")
    return None


def _letter(mail: Mail) -> Letter:
    secret = {}
    if mail.secret is not None:
        plain = crypto.decrypt(PURPOSE, mail.secret, mail.id.bytes)
        secret = msgspec.json.decode(plain, type=dict[str, str])
    return render(
        mail.kind,
        to=mail.recipient,
        language=mail.language,
        parameters=mail.parameters,
        secret=secret,
        life=mail.life,
    )


async def _put_off(mail: Mail, reason: str) -> None:
    if mail.attempts > len(WAITS):
        log.warning("mail %s is given up after %s attempts: %s", mail.id, mail.attempts, reason)
        await _end(mail, OutboxStatus.DEAD, reason)
        return
    await db.execute('UPDATE "Outbox" SET "lastError" = $2 WHERE "id" = $1', mail.id, reason)
    raise Later(WAITS[mail.attempts - 1], reason)


async def _surely_end(mail: Mail) -> None:
    """The server has the mail: a database that is away just now must not make us send it again."""
    for pause in (0.2, 0.5, 1, 2, 5, 10):
        try:
            await _end(mail, OutboxStatus.SENT)
        except db.Unavailable:
            await asyncio.sleep(pause)
        else:
            return
    await _end(mail, OutboxStatus.SENT)


async def _end(mail: Mail, status: OutboxStatus, reason: str | None = None) -> None:
    await db.execute(_END, mail.id, status.value, reason)
