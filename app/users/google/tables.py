"""What the way to Google and back leaves in the database, and the accounts that are linked."""

from datetime import datetime
from typing import Literal, NamedTuple, Self
from uuid import UUID, uuid4

import msgspec
from asyncpg import Record, UniqueViolationError
from piccolo.columns import Boolean, ForeignKey

from app import crypto, db
from app.columns import Bytes, String, UtcTimestamp
from app.table import Base, Row
from app.users.tables import Account, User

SIGN_IN_MINUTES = 10
OFFER_MINUTES = {"link": 15, "sign_up": 60}
_PURPOSE = "google verifier"


class Begun(NamedTuple):
    """A way to Google that this browser began, and where it should end."""

    purpose: Literal["sign_in", "link"]
    user_id: UUID | None
    nonce_hash: bytes
    verifier: str
    next: str

    def __repr__(self) -> str:
        return f"Begun({self.purpose}, …)"


class GoogleSignIn(Base, tablename="GoogleSignIns"):
    """A browser that was sent to Google and is not back yet. Its state is good once, there, for ten minutes."""

    state_hash = Bytes(primary_key=True, secret=True)
    browser_hash = Bytes(secret=True)
    nonce_hash = Bytes(secret=True)
    verifier = Bytes(secret=True)
    purpose = String()
    user_id = ForeignKey(User)
    next = String()
    expires_at = UtcTimestamp()

    @classmethod
    async def begin(cls, state_hash: bytes, browser: bytes, begun: Begun) -> None:
        sealed = crypto.encrypt(_PURPOSE, begun.verifier.encode(), state_hash)
        values = (begun.nonce_hash, sealed, begun.purpose, begun.user_id, begun.next)
        await db.execute(_BEGIN, state_hash, browser, *values, SIGN_IN_MINUTES)

    @classmethod
    async def take(cls, state_hash: bytes, browser: bytes) -> Begun | None:
        """What this browser began with this state, once; a state of another browser stays where it is."""
        row = await db.one(_TAKE_BEGUN, state_hash, browser)
        if row is None:
            return None
        verifier = crypto.decrypt(_PURPOSE, row["verifier"], state_hash).decode()
        return Begun(row["purpose"], row["userId"], row["nonceHash"], verifier, row["next"])

    @classmethod
    async def prune(cls) -> None:
        await db.execute(
            'DELETE FROM "GoogleSignIns" WHERE "expiresAt" < app_now();'
            'DELETE FROM "GoogleOffers" WHERE "expiresAt" < app_now();'
        )


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A Google account somebody has just proven to be theirs, in one browser, and what may be done with it.

    `link` it to the person `user_id`, once they have signed in and said yes; or `sign_up` with it: at once if Google
    vouches for the mailbox (`vouched`), else when that is proven here.
    """

    id: UUID
    purpose: Literal["link", "sign_up"]
    user_id: UUID | None
    subject: str
    email: str
    name: str
    vouched: bool
    next: str

    COLUMNS = '"id", "purpose", "userId" AS user_id, "subject", "email", "name", "vouched", "next"'

    @classmethod
    def of(cls, row: Record | None) -> Self | None:
        return cls(**dict(row)) if row else None


class GoogleOffer(Row, tablename="GoogleOffers"):
    """See Offer. A browser has one at most: a newer takes the place of the older."""

    browser_hash = Bytes(unique=True, secret=True)
    purpose = String()
    user_id = ForeignKey(User)
    subject = String()
    email = String()
    name = String()
    vouched = Boolean(default=None)
    next = String()
    expires_at = UtcTimestamp()

    @classmethod
    async def make(
        cls,
        browser: bytes,
        purpose: Literal["link", "sign_up"],
        user_id: UUID | None,
        *,
        subject: str,
        email: str,
        name: str,
        vouched: bool,
        next_: str,
    ) -> None:
        minutes = OFFER_MINUTES[purpose]
        await db.execute(_OFFER, browser, purpose, user_id, subject, email, name, vouched, next_, minutes, uuid4())

    @classmethod
    async def waiting(cls, browser: bytes, purpose: str) -> Offer | None:
        """What waits in this browser, for whomever it is."""
        return Offer.of(await db.one(_WAITING, browser, purpose))

    @classmethod
    async def take(cls, offer_id: UUID, browser: bytes, purpose: str, user_id: UUID | None = None) -> Offer | None:
        """Takes the very offer that was shown, once; never one that has taken its place meanwhile."""
        return Offer.of(await db.one(_TAKE_OFFER, offer_id, browser, purpose, user_id))

    @classmethod
    async def drop(cls, browser: bytes, user_id: UUID) -> Offer | None:
        """Forgets what waits in this browser for the person, and gives it."""
        return Offer.of(await db.one(_DROP_OFFER, browser, user_id))


class Linked(NamedTuple):
    """The Google account of a person, as their own page shows it."""

    email: str | None
    since: datetime | None
    used: datetime | None
    now: datetime


class Unlinked(NamedTuple):
    """What was linked until a moment ago."""

    subject: str
    email: str | None


class GoogleLink(Base, tablename="GoogleLinks"):
    """What the person should see of the Google account whose subject stands in `Users.googleId`."""

    user_id = ForeignKey(User, null=False, primary_key=True)
    email = String()
    linked_at = UtcTimestamp()
    last_used_at = UtcTimestamp(null=True)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)

    @classmethod
    async def owner(cls, subject: str) -> Account | None:
        """Whose this Google account is here."""
        return Account.of(await db.one(f'SELECT {Account.COLUMNS} FROM "Users" u WHERE u."googleId" = $1', subject))

    @classmethod
    async def of(cls, user_id: UUID) -> Linked | None:
        row = await db.one(_LINKED, user_id)
        return Linked(*row) if row else None

    @classmethod
    async def note_use(cls, user_id: UUID, email: str) -> None:
        """Notes a sign-in, and the address that the Google account has now."""
        await db.execute(_NOTE_USE, user_id, email)

    @classmethod
    async def make(cls, user_id: UUID, subject: str, email: str) -> bool:
        """Links, in place of another Google account if there was one; False if it is somebody else's."""
        return await _unless_taken(_MAKE, user_id, subject, email) is not None

    @classmethod
    async def undo(cls, user_id: UUID) -> Unlinked | None:
        """Unlinks; None if nothing was linked, or if it is the only way in beside mailed codes."""
        row = await db.one(_UNDO, user_id)
        return Unlinked(row["subject"], row["email"]) if row else None

    @classmethod
    async def found(cls, email: str, name: str, subject: str) -> Account | None:
        """A new account with this first way in; whatever an unfinished one had before is gone.

        None if the address has an account that is in use, or the Google account is linked to another.
        """
        return Account.of(await _unless_taken(_FOUND, email, name, subject))


async def _unless_taken(statement: str, *values: object) -> Record | None:
    """Two browsers may link one Google account at the same moment: one of them wins."""
    try:
        async with db.transaction():
            return await db.one(statement, *values)
    except UniqueViolationError:
        return None


_BEGIN = """
INSERT INTO "GoogleSignIns"
    ("stateHash", "browserHash", "nonceHash", "verifier", "purpose", "userId", "next", "expiresAt")
VALUES ($1, $2, $3, $4, $5, $6, $7, app_now() + make_interval(mins => $8))
"""

_TAKE_BEGUN = """
DELETE FROM "GoogleSignIns" WHERE "stateHash" = $1 AND "browserHash" = $2 AND "expiresAt" > app_now()
RETURNING "purpose", "userId", "nonceHash", "verifier", "next"
"""

_OFFER = """
INSERT INTO "GoogleOffers"
    ("browserHash", "purpose", "userId", "subject", "email", "name", "vouched", "next", "expiresAt", "id")
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, app_now() + make_interval(mins => $9), $10)
ON CONFLICT ("browserHash") DO UPDATE SET "purpose" = excluded."purpose", "userId" = excluded."userId",
    "subject" = excluded."subject", "email" = excluded."email", "name" = excluded."name",
    "vouched" = excluded."vouched", "next" = excluded."next", "expiresAt" = excluded."expiresAt", "id" = excluded."id"
"""

_WAITING = f"""
SELECT {Offer.COLUMNS} FROM "GoogleOffers"
WHERE "browserHash" = $1 AND "purpose" = $2 AND "expiresAt" > app_now()
"""

_DROP_OFFER = f"""
DELETE FROM "GoogleOffers" WHERE "browserHash" = $1 AND "userId" = $2 RETURNING {Offer.COLUMNS}
"""

_TAKE_OFFER = f"""
DELETE FROM "GoogleOffers"
WHERE "id" = $1 AND "browserHash" = $2 AND "purpose" = $3 AND "userId" IS NOT DISTINCT FROM $4
    AND "expiresAt" > app_now()
RETURNING {Offer.COLUMNS}
"""

_LINKED = """
SELECT l."email", l."linkedAt", l."lastUsedAt", app_now()
FROM "Users" u LEFT JOIN "GoogleLinks" l ON l."userId" = u."id" WHERE u."id" = $1 AND u."googleId" IS NOT NULL
"""

_NOTE_USE = """
INSERT INTO "GoogleLinks" ("userId", "email", "linkedAt", "lastUsedAt") VALUES ($1, $2, app_now(), app_now())
ON CONFLICT ("userId") DO UPDATE SET "email" = excluded."email", "lastUsedAt" = app_now()
"""

_MAKE = """
WITH person AS (
    UPDATE "Users" SET "googleId" = $2 WHERE "id" = $1 AND "status" = 'active' AND "emailVerified" RETURNING "id"
)
INSERT INTO "GoogleLinks" ("userId", "email", "linkedAt") SELECT "id", $3, app_now() FROM person
ON CONFLICT ("userId") DO UPDATE SET "email" = excluded."email", "linkedAt" = app_now(), "lastUsedAt" = NULL
RETURNING "userId"
"""

# The row is locked before it is looked at: a password that is removed at the same moment is seen as removed.
_UNDO = """
WITH before AS (
    SELECT "id", "googleId" AS subject FROM "Users"
    WHERE "id" = $1 AND "googleId" IS NOT NULL AND ("password" IS NOT NULL OR "passKeyEnabled") FOR UPDATE
), person AS (
    UPDATE "Users" u SET "googleId" = NULL FROM before WHERE u."id" = before."id" RETURNING u."id"
), link AS (
    DELETE FROM "GoogleLinks" l USING person WHERE l."userId" = person."id" RETURNING l."email"
)
SELECT before.subject, (SELECT "email" FROM link) AS email FROM before
"""

# Nobody has a credential before the mailbox is proven. That this holds is not relied on here: whatever an account had
# that was begun by somebody else with this address dies with its first proof (GHSA advisories on pre-hijacking).
_FOUND = f"""
WITH person AS (
    INSERT INTO "Users" AS u ("email", "name", "googleId", "emailVerified") VALUES ($1, $2, $3, true)
    ON CONFLICT ("email") DO UPDATE SET "name" = excluded."name", "googleId" = excluded."googleId",
        "emailVerified" = true, "password" = NULL, "passKeyEnabled" = false, "currentChallenge" = NULL,
        "twoFactorEnabled" = false, "twoFactorSecret" = NULL, "twoFactorPendingVerification" = false,
        "twoFactorBackupCodes" = NULL, "failedLoginAttempts" = 0, "accountLockedUntil" = NULL
    WHERE u."emailVerified" IS NOT TRUE AND u."status" = 'active'
    RETURNING u.*
), stale AS (
    DELETE FROM "Authenticators" a USING person WHERE a."userId" = person."id"
), link AS (
    INSERT INTO "GoogleLinks" ("userId", "email", "linkedAt", "lastUsedAt")
    SELECT "id", $1, app_now(), app_now() FROM person
)
SELECT {Account.COLUMNS} FROM person u
"""
