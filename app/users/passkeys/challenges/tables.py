"""What a ceremony is to answer, and the statements that take it and look up who answered."""

from typing import NamedTuple, Self
from uuid import UUID

import msgspec
from asyncpg import Record

from app import db
from app.columns import Bytes, UtcTimestamp
from app.table import Base
from app.users.passkeys.tables import unsigned
from app.users.tables import Account


class Known(msgspec.Struct, frozen=True):
    """A passkey that somebody showed, with its owner. `fresh` says whether its challenge was ours and not yet used."""

    id: UUID
    name: str
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    handle: bytes | None
    owner: Account


class Shown(NamedTuple):
    """What one statement finds out about an assertion: it takes the challenge, and looks the key up."""

    fresh: bool
    key: Known | None
    half_of: UUID | None
    """Whose half-made sign-in this browser holds."""

    @classmethod
    def of(cls, row: Record | None) -> Self:
        if row is None:
            raise RuntimeError("a statement that always gives a row gave none")
        owner = Account.of(row) if row["id"] else None
        if owner is None:
            return cls(row["fresh"], None, row["half_of"])
        key = Known(
            row["key_id"],
            row["friendlyName"],
            row["credentialPublicKey"],
            unsigned(row["counter"]),
            row["backupEligible"],
            row["handle"],
            owner,
        )
        return cls(row["fresh"], key, row["half_of"])


class LoginChallenge(Base, tablename="LoginChallenges"):
    """A challenge of a browser without a person, as SHA-256: good for once, in that browser, for that purpose."""

    challenge = Bytes(primary_key=True)
    browser_hash = Bytes()
    expires_at = UtcTimestamp()

    @classmethod
    async def put(cls, challenge: bytes, bound_to: bytes, minutes: int) -> None:
        await db.execute(
            'INSERT INTO "LoginChallenges" ("challenge", "browserHash", "expiresAt")'
            " VALUES ($1, $2, app_now() + make_interval(mins => $3))",
            challenge,
            bound_to,
            minutes,
        )

    @classmethod
    async def take(cls, challenge: bytes, bound_to: bytes) -> bool:
        return await db.value(_TAKE, challenge, bound_to) is not None

    @classmethod
    async def take_and_look(cls, challenge: bytes, bound_to: bytes, credential_id: bytes, half: bytes) -> Shown:
        """Takes the challenge of a sign-in and finds the key, its owner and this browser's half-made sign-in."""
        return Shown.of(await db.one(_SHOWN_TO_SIGN_IN, challenge, bound_to, credential_id, half))

    @classmethod
    async def prune(cls) -> None:
        await db.execute('DELETE FROM "LoginChallenges" WHERE "expiresAt" < app_now()')


class OwnChallenge:
    """The one challenge of a person who is signed in: `Users.currentChallenge`, with its start beside it.

    The column holds purpose, session and SHA-256 of the challenge: it works for that act in that session alone.
    """

    @staticmethod
    async def put(user_id: UUID, bound: str) -> list[tuple[bytes, list[str]]]:
        """Replaces whatever ceremony the person had begun; gives the ids and transports of their keys."""
        found = await db.rows(_PUT_OWN, user_id, bound)
        return [(row["credentialID"], row["transports"] or []) for row in found if row["credentialID"]]

    @staticmethod
    async def take(user_id: UUID, bound: str, minutes: int) -> bool:
        return await db.value(_TAKE_OWN, user_id, bound, minutes) is not None

    @staticmethod
    async def take_and_look(user_id: UUID, bound: str, minutes: int, credential_id: bytes) -> Shown:
        return Shown.of(await db.one(_SHOWN_TO_PROVE, user_id, bound, minutes, credential_id))


_TAKE = """
DELETE FROM "LoginChallenges" WHERE "challenge" = $1 AND "browserHash" = $2 AND "expiresAt" > app_now() RETURNING true
"""

_TAKE_OWN = """
UPDATE "Users" SET "currentChallenge" = NULL, "passkeyRegistrationStartedAt" = NULL
WHERE "id" = $1 AND "currentChallenge" = $2
    AND "passkeyRegistrationStartedAt" > app_now() - make_interval(mins => $3)
RETURNING true
"""

_PUT_OWN = """
WITH put AS (
    UPDATE "Users" SET "currentChallenge" = $2, "passkeyRegistrationStartedAt" = app_now() WHERE "id" = $1
)
SELECT "credentialID", "transports" FROM "Authenticators" WHERE "userId" = $1 ORDER BY "createdAt", "id"
"""

_LOOK = f"""
SELECT EXISTS (SELECT FROM taken) AS fresh, k."id" AS key_id, k."friendlyName", k."credentialPublicKey", k."counter",
    p."backupEligible", h."handle", {Account.COLUMNS}, %s AS half_of
FROM (VALUES (true)) one
    LEFT JOIN ("Authenticators" k JOIN "Passkeys" p ON p."authenticatorId" = k."id"
        JOIN "Users" u ON u."id" = k."userId" LEFT JOIN "UserHandles" h ON h."userId" = k."userId")
        ON k."credentialID" = %s
"""

_HALF = """(
    SELECT "userId" FROM "HalfSignIns" WHERE "tokenHash" = $4 AND "endedAt" IS NULL AND "expiresAt" > app_now()
)"""

_SHOWN_TO_SIGN_IN = f"WITH taken AS ({_TAKE}) {_LOOK % (_HALF, '$3')}"

_SHOWN_TO_PROVE = f"WITH taken AS ({_TAKE_OWN}) {_LOOK % ('NULL::uuid', '$4')}"
