"""People whose proof is stale, and what they have to prove with."""

from app import db

STALE = {"minutes": 11}


async def mail_only(email: str) -> None:
    """Somebody who signs in by mailed codes alone."""
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', email)


async def add_passkey(email: str, name: str = "key") -> None:
    await db.execute(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        ' SELECT "id", uuid_send(uuid_generate_v4()), \'k\', 0, $2 FROM "Users" WHERE "email" = $1',
        email,
        name,
    )
