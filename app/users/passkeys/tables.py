"""Passkeys beside the reference's Authenticators, and what a person's list of them shows."""

from datetime import datetime
from typing import Self
from uuid import UUID

import msgspec
from piccolo import columns
from piccolo.columns import Boolean, ForeignKey

from app import db
from app.columns import Bytes, UtcTimestamp
from app.table import Base
from app.users.tables import Authenticator, User


def unsigned(stored: int) -> int:
    """WebAuthn's signCount, as the INTEGER column holds it, back as the unsigned 32-bit number it is."""
    return stored & 0xFFFFFFFF


def signed(count: int) -> int:
    """The number as the column holds it: what is above 2^31 is stored below zero."""
    return count - (1 << 32) if count >= 1 << 31 else count


class Listed(msgspec.Struct, frozen=True):
    """A passkey as its owner's list shows it."""

    id: UUID
    name: str
    credential_id: bytes
    transports: list[str]
    aaguid: UUID
    backup_eligible: bool
    backed_up: bool
    last_used_at: datetime | None
    created_at: datetime


class Keyring(msgspec.Struct, frozen=True):
    """All passkeys of a person, oldest first, and how many other sessions the person has."""

    keys: list[Listed]
    handle: bytes | None
    others: int
    now: datetime

    @classmethod
    async def of(cls, user_id: UUID, session_id: UUID | None = None) -> Self:
        found = await db.rows(_KEYRING, user_id, session_id)
        keys = [Listed(**{name: row[name] for name in Listed.__struct_fields__}) for row in found if row["id"]]
        return cls(keys, found[0]["handle"], found[0]["others"], found[0]["now"])


class Ways(msgspec.Struct, frozen=True):
    """What else opens a person's account; read under a lock, so that two removals cannot each leave the other's."""

    password: bool
    google: bool
    two_step: bool
    totp: bool

    @classmethod
    async def locked(cls, user_id: UUID) -> Self | None:
        row = await db.one(_WAYS, user_id)
        return cls(**dict(row)) if row else None


class Passkey(Base, tablename="Passkeys"):
    """What the reference's row cannot hold: the model, and whether the key is synced (WebAuthn's BE and BS flags)."""

    authenticator_id = ForeignKey(Authenticator, null=False, primary_key=True)
    aaguid = columns.UUID(default=None)
    backup_eligible = Boolean(default=None)
    backed_up = Boolean(default=None)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)

    @classmethod
    async def add(
        cls,
        user_id: UUID,
        credential_id: bytes,
        public_key: bytes,
        sign_count: int,
        transports: list[str],
        name: str,
        aaguid: UUID,
        *,
        backup_eligible: bool,
        backed_up: bool,
    ) -> UUID | None:
        """Keeps a new passkey and notes that its owner has one; None if it is somebody's already."""
        found: UUID | None = await db.value(
            _ADD,
            user_id,
            credential_id,
            public_key,
            signed(sign_count),
            transports,
            name,
            aaguid,
            backup_eligible,
            backed_up,
        )
        return found

    @classmethod
    async def use(cls, key_id: UUID, sign_count: int, *, backed_up: bool) -> bool:
        """Notes a use; False if the counter did not rise meanwhile (0 stands for authenticators that do not count)."""
        return await db.value(_USE, key_id, signed(sign_count), backed_up) is not None

    @classmethod
    async def rename(cls, user_id: UUID, key_id: UUID, name: str) -> None:
        await db.execute(
            'UPDATE "Authenticators" SET "friendlyName" = $3 WHERE "id" = $2 AND "userId" = $1', user_id, key_id, name
        )

    @classmethod
    async def is_kept(cls, key_id: UUID) -> bool:
        return await db.value('SELECT true FROM "Authenticators" WHERE "id" = $1', key_id) is not None


class UserHandle(Base, tablename="UserHandles"):
    """64 random bytes that name a person to authenticators, for life (WebAuthn L3 section 14.6.1)."""

    user_id = ForeignKey(User, null=False, primary_key=True)
    handle = Bytes(unique=True)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)

    @classmethod
    async def of(cls, user_id: UUID, fresh: bytes) -> bytes:
        """The person's handle; `fresh` becomes it if there is none yet."""
        found: bytes = await db.value(_HANDLE, user_id, fresh)
        return found


_KEYRING = """
SELECT k."id", k."friendlyName" AS name, k."credentialID" AS credential_id,
    coalesce(k."transports", '{}') AS transports, p."aaguid", p."backupEligible" AS backup_eligible,
    p."backedUp" AS backed_up, k."lastUsedAt" AS last_used_at, k."createdAt" AS created_at, h."handle",
    app_now() AS now, (
        SELECT count(*) FROM "Sessions" s
        WHERE s."userId" = u."id" AND s."endedAt" IS NULL AND s."expiresAt" > app_now()
            AND s."lastSeenAt" + make_interval(secs => s."idleSeconds") > app_now() AND s."id" IS DISTINCT FROM $2
    ) AS others
FROM "Users" u LEFT JOIN "UserHandles" h ON h."userId" = u."id"
    LEFT JOIN ("Authenticators" k JOIN "Passkeys" p ON p."authenticatorId" = k."id") ON k."userId" = u."id"
WHERE u."id" = $1 ORDER BY k."createdAt", k."id"
"""

_WAYS = """
SELECT "password" IS NOT NULL AS password, "googleId" IS NOT NULL AS google,
    coalesce("twoFactorEnabled", false) AS two_step,
    coalesce("twoFactorSecret" NOT LIKE 'pending:%', false) AS totp
FROM "Users" WHERE "id" = $1 FOR UPDATE
"""

_ADD = """
WITH made AS (
    INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "transports",
        "friendlyName")
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ("credentialID") DO NOTHING RETURNING "id"
), beside AS (
    INSERT INTO "Passkeys" ("authenticatorId", "aaguid", "backupEligible", "backedUp") SELECT "id", $7, $8, $9 FROM made
), person AS (
    UPDATE "Users" SET "passKeyEnabled" = true WHERE "id" = $1 AND EXISTS (SELECT FROM made)
)
SELECT "id" FROM made
"""

# Compared as unsigned numbers: the column is signed, and what counts beyond 2^31 is stored below zero.
# The person's row is locked first, as everywhere: whoever removes the key meanwhile does not wait for this in a circle.
_USE = """
WITH person AS (
    SELECT u."id" FROM "Users" u JOIN "Authenticators" k ON k."userId" = u."id" WHERE k."id" = $1
    FOR NO KEY UPDATE OF u
), used AS (
    UPDATE "Authenticators" k SET "counter" = $2, "lastUsedAt" = app_now() FROM person
    WHERE k."id" = $1 AND k."userId" = person."id"
        AND ($2::bigint & 4294967295 > k."counter"::bigint & 4294967295 OR ($2 = 0 AND k."counter" = 0))
    RETURNING k."id"
), flags AS (
    UPDATE "Passkeys" p SET "backedUp" = $3 FROM used WHERE p."authenticatorId" = used."id" AND p."backedUp" <> $3
)
SELECT "id" FROM used
"""

_HANDLE = """
INSERT INTO "UserHandles" ("userId", "handle") VALUES ($1, $2)
ON CONFLICT ("userId") DO UPDATE SET "handle" = "UserHandles"."handle" RETURNING "handle"
"""
