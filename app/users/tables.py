"""People: their account, their passkeys, their sign-ins, and the terms they accepted."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import msgspec
from asyncpg import Record
from piccolo.columns import Array, Boolean, ForeignKey, Integer, OnDelete, Varchar

from app import db
from app.columns import Bytes, Document, Enum, String, UtcTimestamp
from app.table import Row
from app.users.documents import EmailPreferences, Preferences, Profile


class UserStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the entrance needs to know of an account."""

    id: UUID
    email: str
    name: str | None
    status: str
    language: str
    verified: bool
    two_step: bool

    COLUMNS = """u."id", u."email", u."name", u."status"::text,
        coalesce(u."profile"->>'language', 'en') AS language,
        coalesce(u."emailVerified", false) AS verified, coalesce(u."twoFactorEnabled", false) AS two_step"""

    @classmethod
    def of(cls, row: Record | None) -> Self | None:
        return cls(**{name: row[name] for name in cls.__struct_fields__}) if row else None

    @property
    def is_unfinished(self) -> bool:
        """Whether its mailbox was never proven: it has no credential, and blocks nobody."""
        return not self.verified

    @property
    def is_usable(self) -> bool:
        """Whether the person may come in; with two-step sign-in (`two_step`) a first proof leads to the second."""
        return self.verified and self.status == UserStatus.ACTIVE


class Attempt(Account, frozen=True, kw_only=True):
    """A try to sign in that has been counted. Not `allowed` means locked: whatever is typed is wrong."""

    password: str | None
    allowed: bool
    locked_until: datetime | None
    locked_now: bool
    on_known_device: bool

    def __repr__(self) -> str:
        return f"Attempt(id={self.id!r}, allowed={self.allowed!r})"

    @property
    def stored(self) -> str | None:
        """What the password is compared with; None compares with nothing, in the same time."""
        return self.password if self.allowed else None


class User(Row, tablename="Users"):
    """A person. `email` is canonical (lower case, NFC, IDNA); tokens are SHA-256 in hex; never hard-deleted."""

    email = String()
    name = String(null=True)
    password = String(null=True, secret=True)
    status = Enum(UserStatus, "enum_Users_status", default=UserStatus.ACTIVE, null=True)
    avatar = String(null=True)
    google_id = String(null=True, unique=True)

    failed_login_attempts = Integer(default=0, null=True)
    account_locked_until = UtcTimestamp(null=True)
    last_failed_login_at = UtcTimestamp(null=True)

    current_challenge = String(null=True, secret=True)
    pass_key_enabled = Boolean(default=False, null=True)
    passkey_registration_started_at = UtcTimestamp(null=True)

    two_factor_secret = String(null=True, secret=True)
    two_factor_enabled = Boolean(default=False, null=True)
    two_factor_pending_verification = Boolean(default=False, null=True)
    two_factor_backup_codes = Array(Varchar(), null=True, secret=True)
    two_factor_setup_started_at = UtcTimestamp(null=True)
    two_factor_last_verified_at = UtcTimestamp(null=True)
    two_factor_verification_attempts = Integer(default=0, null=True)
    two_factor_last_failed_attempt = UtcTimestamp(null=True)

    email_verified = Boolean(default=False, null=True)
    verification_token = String(null=True, secret=True)
    verification_token_expires = UtcTimestamp(null=True)
    reset_token = String(null=True, secret=True)
    reset_token_expires = UtcTimestamp(null=True)

    preferences = Document(Preferences)
    last_activity = UtcTimestamp(null=True)
    profile = Document(Profile)
    email_preferences = Document(EmailPreferences)

    deleted_at = UtcTimestamp(null=True)
    deleted_by: ForeignKey["User"] = ForeignKey("self", on_delete=OnDelete.no_action)
    status_reason = String(null=True)
    status_changed_at = UtcTimestamp(null=True)
    status_changed_by: ForeignKey["User"] = ForeignKey("self", on_delete=OnDelete.no_action)
    deactivated_at = UtcTimestamp(null=True)
    deactivated_by: ForeignKey["User"] = ForeignKey("self", on_delete=OnDelete.no_action)
    deactivation_reason = String(null=True)

    last_login_at = UtcTimestamp(null=True)
    login_count = Integer(default=0, null=True)

    @classmethod
    async def by_email(cls, email: str) -> Account | None:
        return Account.of(await db.one(f'SELECT {Account.COLUMNS} FROM "Users" u WHERE u."email" = $1', email))

    @classmethod
    async def by_id(cls, user_id: UUID) -> Account | None:
        return Account.of(await db.one(f'SELECT {Account.COLUMNS} FROM "Users" u WHERE u."id" = $1', user_id))

    @classmethod
    async def begin(cls, email: str, name: str, token_hash: str, minutes: int) -> Account:
        """The account of an address, made if there is none; an unfinished one gets the new name and link."""
        row = await db.one(_BEGIN, email, name, token_hash, minutes)
        account = Account.of(row) or await cls.by_email(email)
        if account is None:
            raise db.Away("the account was removed while it was begun")
        return account

    @classmethod
    async def by_verification_token(cls, token_hash: str) -> Account | None:
        return Account.of(await db.one(_BY_VERIFICATION_TOKEN, token_hash))

    @classmethod
    async def take_verification_token(cls, token_hash: str) -> Account | None:
        return Account.of(await db.one(_TAKE_VERIFICATION_TOKEN, token_hash))

    @classmethod
    async def finish(cls, user_id: UUID, name: str, password: str | None) -> bool:
        """Opens an unfinished account, without a password if there is a passkey; False if it is finished already."""
        return await db.value(_FINISH, user_id, name, password) is not None

    @classmethod
    async def count_attempt(cls, email: str) -> Attempt | None:
        """Counts a try before the password is looked at; 10 in a row lock (decisions 30). None: no such account."""
        return Attempt.of(await db.one(_COUNT_ATTEMPT, email))

    @classmethod
    async def rehash(cls, user_id: UUID, password: str) -> None:
        await db.execute('UPDATE "Users" SET "password" = $2 WHERE "id" = $1', user_id, password)

    @classmethod
    async def set_reset_token(cls, user_id: UUID | None, token_hash: str, minutes: int) -> None:
        """For nobody (None) the statement changes nothing, in the same time."""
        await db.execute(_SET_RESET_TOKEN, user_id, token_hash, minutes)

    @classmethod
    async def by_reset_token(cls, token_hash: str) -> Account | None:
        return Account.of(await db.one(_BY_RESET_TOKEN, token_hash))

    @classmethod
    async def take_reset_token(cls, token_hash: str) -> Account | None:
        return Account.of(await db.one(_TAKE_RESET_TOKEN, token_hash))

    @classmethod
    async def drop_links(cls, user_id: UUID) -> None:
        """Ends the mailed links of the account's own two slots."""
        await db.execute(_DROP_LINKS, user_id)

    @classmethod
    async def reset_password(cls, user_id: UUID, password: str) -> None:
        """Sets the password and lifts the lockout; nothing of the second factor is touched."""
        await db.execute('UPDATE "Users" SET "password" = $2 WHERE "id" = $1', user_id, password)
        await cls.lift_lock(user_id)

    @classmethod
    async def lift_lock(cls, user_id: UUID) -> None:
        await db.execute(
            'UPDATE "Users" SET "failedLoginAttempts" = 0, "accountLockedUntil" = NULL WHERE "id" = $1', user_id
        )

    @classmethod
    async def prune(cls) -> None:
        """Removes sign-ups that were begun a week ago and never finished: nobody has such an account."""
        await db.execute(_PRUNE)


_PRUNE = """
DELETE FROM "Users" u
WHERE u."emailVerified" IS NOT TRUE AND u."password" IS NULL AND u."googleId" IS NULL
    AND greatest(u."createdAt", u."verificationTokenExpires") < app_now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM "Authenticators" a WHERE a."userId" = u."id")
    AND NOT EXISTS (SELECT FROM "TenantUsers" m WHERE m."userId" = u."id")
    AND NOT EXISTS (SELECT FROM "ActivityLogs" l WHERE l."userId" = u."id")
"""

_BEGIN = f"""
INSERT INTO "Users" AS u ("email", "name", "verificationToken", "verificationTokenExpires")
VALUES ($1, $2, $3, app_now() + make_interval(mins => $4))
ON CONFLICT ("email") DO UPDATE SET "name" = excluded."name", "verificationToken" = excluded."verificationToken",
    "verificationTokenExpires" = excluded."verificationTokenExpires"
WHERE u."emailVerified" IS NOT TRUE
RETURNING {Account.COLUMNS}
"""

_BY_VERIFICATION_TOKEN = f"""
SELECT {Account.COLUMNS} FROM "Users" u
WHERE u."verificationToken" = $1 AND u."verificationTokenExpires" > app_now() AND u."emailVerified" IS NOT TRUE
"""

_TAKE_VERIFICATION_TOKEN = f"""
UPDATE "Users" u SET "verificationToken" = NULL, "verificationTokenExpires" = NULL
WHERE u."verificationToken" = $1 AND u."verificationTokenExpires" > app_now() AND u."emailVerified" IS NOT TRUE
RETURNING {Account.COLUMNS}
"""

_FINISH = """
UPDATE "Users" SET "name" = $2, "password" = $3, "emailVerified" = true,
    "verificationToken" = NULL, "verificationTokenExpires" = NULL
WHERE "id" = $1 AND "emailVerified" IS NOT TRUE AND "status" = 'active'
RETURNING "id"
"""

_SET_RESET_TOKEN = """
UPDATE "Users" SET "resetToken" = $2, "resetTokenExpires" = app_now() + make_interval(mins => $3) WHERE "id" = $1
"""

_BY_RESET_TOKEN = f"""
SELECT {Account.COLUMNS} FROM "Users" u
WHERE u."resetToken" = $1 AND u."resetTokenExpires" > app_now() AND u."status" = 'active'
"""

_TAKE_RESET_TOKEN = f"""
UPDATE "Users" u SET "resetToken" = NULL, "resetTokenExpires" = NULL
WHERE u."resetToken" = $1 AND u."resetTokenExpires" > app_now() AND u."status" = 'active'
RETURNING {Account.COLUMNS}
"""

_DROP_LINKS = """
UPDATE "Users" SET "resetToken" = NULL, "resetTokenExpires" = NULL,
    "verificationToken" = NULL, "verificationTokenExpires" = NULL
WHERE "id" = $1
"""

# A lock is set by each tenth failure: 15 minutes, then 30, then 60. A quarter of an hour without failure starts the
# count again, but once locked it takes a day, so that waiting out each lock does not reset the doubling.
_COUNT_ATTEMPT = f"""
WITH counted AS (
    UPDATE "Users" u SET
        "failedLoginAttempts" = n.count,
        "lastFailedLoginAt" = app_now(),
        "accountLockedUntil" = CASE WHEN n.count % 10 = 0
            THEN app_now() + interval '15 minutes' * 2 ^ least(2, n.count / 10 - 1) ELSE u."accountLockedUntil" END
    FROM (
        SELECT "id", CASE
            WHEN "lastFailedLoginAt" IS NULL THEN 1
            WHEN "accountLockedUntil" IS NULL AND "lastFailedLoginAt" < app_now() - interval '15 minutes' THEN 1
            WHEN "accountLockedUntil" < app_now() - interval '1 day' THEN 1
            ELSE least(coalesce("failedLoginAttempts", 0), 999999) + 1 END AS count
        FROM "Users" WHERE "email" = $1 FOR UPDATE
    ) n
    WHERE u."id" = n."id" AND (u."accountLockedUntil" IS NULL OR u."accountLockedUntil" <= app_now())
    RETURNING u."id", u."accountLockedUntil", n.count
)
SELECT {Account.COLUMNS}, u."password", counted."id" IS NOT NULL AS allowed,
    coalesce(counted."accountLockedUntil", u."accountLockedUntil") AS locked_until,
    coalesce(counted.count % 10 = 0, false) AS locked_now, false AS on_known_device
FROM "Users" u LEFT JOIN counted ON counted."id" = u."id" WHERE u."email" = $1
"""


class Authenticator(Row, tablename="Authenticators"):
    """A passkey. `counter` is WebAuthn's unsigned 32-bit number wrapped to a signed one."""

    user_id = ForeignKey(User, null=False)
    credential_id = Bytes(unique=True, db_column_name="credentialID")
    credential_public_key = Bytes()
    counter = Integer(default=0)
    transports = Array(Varchar(), null=True)
    friendly_name = Varchar(length=None, default="Primary Authenticator")
    last_used_at = UtcTimestamp(null=True)
