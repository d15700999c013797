"""Secrets sent by mail: codes and links that prove a mailbox, and links that do one act."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec
from asyncpg import Record
from piccolo.columns import ForeignKey, Integer

from app import db
from app.columns import Bytes, Json, String, UtcTimestamp
from app.table import Row
from app.users.tables import User


class Proof(msgspec.Struct, frozen=True):
    """A mailbox proof as the verbs see it."""

    id: UUID
    email: str
    name: str | None
    user_id: UUID | None
    code_hash: bytes
    attempts: int

    COLUMNS = '"id", "email", "name", "userId" AS user_id, "codeHash" AS code_hash, "attempts"'

    @classmethod
    def of(cls, row: Record | None) -> Self | None:
        return cls(**dict(row)) if row else None


class MailboxProof(Row, tablename="MailboxProofs"):
    """A proof that a person reads a mailbox, asked for by one browser: `purpose` is one of `mailbox.Purpose`."""

    purpose = String()
    email = String()
    user_id = ForeignKey(User)
    name = String(null=True)
    browser_hash = Bytes(secret=True)
    code_hash = Bytes(secret=True)
    attempts = Integer(default=0)
    expires_at = UtcTimestamp()
    proven_at = UtcTimestamp(null=True)
    used_at = UtcTimestamp(null=True)

    @classmethod
    async def ask(
        cls,
        proof_id: UUID,
        purpose: str,
        email: str,
        user_id: UUID | None,
        name: str | None,
        browser: bytes,
        code_hash: bytes,
        minutes: int,
    ) -> None:
        """Begins a proof in a browser; an earlier one of the same purpose there ends."""
        await db.execute(_ASK, proof_id, purpose, email, user_id, name, browser, code_hash, minutes)

    @classmethod
    async def waiting(cls, purpose: str, browser: bytes) -> Proof | None:
        """The live proof that this browser has not given yet."""
        return Proof.of(await db.one(_WAITING, purpose, browser))

    @classmethod
    async def count_try(cls, purpose: str, browser: bytes, most: int) -> Proof | None:
        """Counts one try at the code and gives the proof, or None if there is none or its tries are used up."""
        return Proof.of(await db.one(_COUNT_TRY, purpose, browser, most))

    @classmethod
    async def mark_proven(cls, proof_id: UUID) -> bool:
        """Notes that the mailbox was proven; False if somebody did that a moment before."""
        return await db.value(_MARK_PROVEN, proof_id) is not None

    @classmethod
    async def proven(cls, purpose: str, browser: bytes, minutes: int) -> Proof | None:
        """The proof that was given in this browser at most `minutes` ago and is not used yet."""
        return Proof.of(await db.one(_PROVEN, purpose, browser, minutes))

    @classmethod
    async def use(cls, proof_id: UUID) -> bool:
        """Takes the proof, once."""
        return await db.value(_USE, proof_id) is not None

    @classmethod
    async def end_all(cls, user_id: UUID, purpose: str | None = None) -> None:
        """Ends all proofs of a person, of one purpose or of any."""
        await db.execute(_END_ALL, user_id, purpose)

    @classmethod
    async def leave(cls, browser: bytes, onward: bytes, *, keep_proofs: bool, keep_offer: bool) -> None:
        """A browser changed its name: its unused proofs go with it or end, and so does what Google vouched for."""
        await db.execute(_LEAVE, browser, onward, keep_proofs, keep_offer)

    @classmethod
    async def prune(cls) -> None:
        """Removes proofs and links of all people that have been dead for a week."""
        await db.execute(_PRUNE)


_ASK = """
WITH earlier AS (
    UPDATE "MailboxProofs" SET "usedAt" = app_now() WHERE "browserHash" = $6 AND "purpose" = $2 AND "usedAt" IS NULL
)
INSERT INTO "MailboxProofs" ("id", "purpose", "email", "userId", "name", "browserHash", "codeHash", "expiresAt")
VALUES ($1, $2, $3, $4, $5, $6, $7, app_now() + make_interval(mins => $8))
"""

_WAITING = f"""
SELECT {Proof.COLUMNS} FROM "MailboxProofs"
WHERE "browserHash" = $2 AND "purpose" = $1 AND "usedAt" IS NULL AND "provenAt" IS NULL AND "expiresAt" > app_now()
ORDER BY "createdAt" DESC, "id" DESC LIMIT 1
"""

_COUNT_TRY = f"""
UPDATE "MailboxProofs" SET "attempts" = "attempts" + 1
WHERE "browserHash" = $2 AND "purpose" = $1 AND "usedAt" IS NULL AND "provenAt" IS NULL AND "expiresAt" > app_now()
    AND "attempts" < $3
RETURNING {Proof.COLUMNS}
"""

_MARK_PROVEN = """
UPDATE "MailboxProofs" SET "provenAt" = app_now()
WHERE "id" = $1 AND "provenAt" IS NULL AND "usedAt" IS NULL RETURNING "id"
"""

_PROVEN = f"""
SELECT {Proof.COLUMNS} FROM "MailboxProofs"
WHERE "browserHash" = $2 AND "purpose" = $1 AND "usedAt" IS NULL AND "provenAt" > app_now() - make_interval(mins => $3)
ORDER BY "provenAt" DESC, "id" DESC LIMIT 1
"""

_USE = """
UPDATE "MailboxProofs" SET "usedAt" = app_now()
WHERE "id" = $1 AND "usedAt" IS NULL AND "provenAt" IS NOT NULL RETURNING "id"
"""

_END_ALL = """
UPDATE "MailboxProofs" SET "usedAt" = app_now()
WHERE "userId" = $1 AND ($2::varchar IS NULL OR "purpose" = $2) AND "usedAt" IS NULL
"""

_LEAVE = """
WITH offer AS (UPDATE "GoogleOffers" SET "browserHash" = $2 WHERE "browserHash" = $1 AND $4)
UPDATE "MailboxProofs" SET "browserHash" = CASE WHEN $3 THEN $2 ELSE "browserHash" END,
    "usedAt" = CASE WHEN $3 THEN NULL ELSE app_now() END
WHERE "browserHash" = $1 AND "usedAt" IS NULL
"""

_PRUNE = """
DELETE FROM "MailboxProofs" WHERE "expiresAt" < app_now() - interval '7 days';
DELETE FROM "MailedLinks" WHERE "expiresAt" < app_now() - interval '7 days';
"""


class OpenLink(msgspec.Struct, frozen=True):
    """A mailed link as its landing sees it. `outcome` is what pressing came to, None before it was pressed."""

    id: UUID
    user_id: UUID
    act: str
    parameters: dict[str, Any]
    made_at: datetime
    outcome: dict[str, Any] | None

    COLUMNS = '"id", "userId" AS user_id, "act", "parameters", "createdAt" AS made_at, "outcome"'

    @classmethod
    def of(cls, row: Record | None) -> Self | None:
        return cls(**dict(row)) if row else None


class MailedLink(Row, tablename="MailedLinks"):
    """A link that does `act` for a person once: GET shows what it would do, POST does it."""

    token_hash = Bytes(unique=True, secret=True)
    user_id = ForeignKey(User, null=False)
    act = String()
    parameters = Json()
    expires_at = UtcTimestamp()
    used_at = UtcTimestamp(null=True)
    outcome = Json(null=True)

    @classmethod
    async def make(
        cls, user_id: UUID, act: str, token_hash: bytes, minutes: int, parameters: Mapping[str, Any] | None = None
    ) -> None:
        await db.execute(_MAKE, user_id, act, token_hash, minutes, parameters or {})

    @classmethod
    async def look(cls, token_hash: bytes, act: str) -> UUID | None:
        """Whose link it is, if it still works; consumes nothing."""
        owner: UUID | None = await db.value(_LOOK, token_hash, act)
        return owner

    @classmethod
    async def take(cls, token_hash: bytes, act: str) -> UUID | None:
        """Whose link it is, and uses it up."""
        owner: UUID | None = await db.value(_TAKE, token_hash, act)
        return owner

    @classmethod
    async def find(cls, token_hash: bytes, acts: Sequence[str]) -> OpenLink | None:
        """A link to one of these acts that still works, or that was pressed and can tell what it came to."""
        return OpenLink.of(await db.one(_FIND, token_hash, list(acts)))

    @classmethod
    async def use(cls, token_hash: bytes, acts: Sequence[str]) -> OpenLink | None:
        """A link to one of these acts, and uses it up; None if it was used, or does something else."""
        return OpenLink.of(await db.one(_USE_LINK, token_hash, list(acts)))

    @classmethod
    async def note_outcome(cls, link_id: UUID, outcome: Mapping[str, Any]) -> None:
        """What pressing came to, for whoever opens the link again until it expires."""
        await db.execute('UPDATE "MailedLinks" SET "outcome" = $2 WHERE "id" = $1', link_id, outcome)

    @classmethod
    async def end_all(cls, user_id: UUID) -> None:
        """Ends every open link but those that take something back, for whoever reads the mailbox, and those of a
        recovery of its own (`TwoFactorRecoveries`), which ends them itself.
        """
        await db.execute(_END_LINKS, user_id)


_MAKE = """
INSERT INTO "MailedLinks" ("userId", "act", "tokenHash", "expiresAt", "parameters")
VALUES ($1, $2, $3, app_now() + make_interval(mins => $4), $5)
"""

_LOOK = """
SELECT "userId" FROM "MailedLinks"
WHERE "tokenHash" = $1 AND "act" = $2 AND "usedAt" IS NULL AND "expiresAt" > app_now()
"""

_TAKE = """
UPDATE "MailedLinks" SET "usedAt" = app_now()
WHERE "tokenHash" = $1 AND "act" = $2 AND "usedAt" IS NULL AND "expiresAt" > app_now()
RETURNING "userId"
"""

_FIND = f"""
SELECT {OpenLink.COLUMNS} FROM "MailedLinks"
WHERE "tokenHash" = $1 AND "act" = ANY ($2::varchar[]) AND "expiresAt" > app_now()
    AND ("usedAt" IS NULL OR "outcome" IS NOT NULL)
"""

_USE_LINK = f"""
UPDATE "MailedLinks" SET "usedAt" = app_now()
WHERE "tokenHash" = $1 AND "act" = ANY ($2::varchar[]) AND "usedAt" IS NULL AND "expiresAt" > app_now()
RETURNING {OpenLink.COLUMNS}
"""

_END_LINKS = """
UPDATE "MailedLinks" SET "usedAt" = app_now()
WHERE "userId" = $1 AND "usedAt" IS NULL AND "act" NOT IN ('not_me', 'veto', 'remove_second_step')
"""
