"""What only a local run can do: make time pass for one person, in the database, without moving anybody else's."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app import config, crypto
from app.ratelimit import Bucket
from app.users import limits


class Database:
    """The database of the run's own server."""

    def __init__(self, dsn: str, secret: str) -> None:
        self._dsn = dsn
        self._settings = config.read({"SECRET_KEY": secret})

    def sibling(self, name: str) -> str:
        """The DSN of another database of the same server."""
        url = urlsplit(self._dsn)
        return urlunsplit(url._replace(path=f"/{name}"))

    def expire_links(self, email: str) -> None:
        """Every link mailed to the address is past its hour or day."""
        self._execute(
            'UPDATE "Users" SET "verificationTokenExpires" = app_now() - interval \'1 second\','
            ' "resetTokenExpires" = app_now() - interval \'1 second\' WHERE "email" = $1',
            email,
        )
        self._execute(
            'UPDATE "MailedLinks" SET "expiresAt" = app_now() - interval \'1 second\''
            ' WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)',
            email,
        )

    def end_cool_down(self, email: str, purpose: str) -> None:
        """The minute between two mails of a kind to the address is over."""
        self._forget(limits.MAIL_COOL_DOWN, f"{purpose} {email}")

    def spend_mails(self, email: str, purpose: str) -> None:
        """The address has had all the mails of a kind that one day allows."""
        self.end_cool_down(email, purpose)
        self._execute(
            'UPDATE "RateLimits" SET "tokens" = 0, "updatedAt" = app_now() WHERE "key" = $1',
            self._key(limits.MAIL_ADDRESS, f"{purpose} {email}"),
        )

    def forget_step(self, email: str) -> None:
        """As if no code of the person's authenticator app had been used lately: the one it shows now works."""
        self._execute('UPDATE "Users" SET "twoFactorLastVerifiedAt" = NULL WHERE "email" = $1', email)

    def join(self, email: str, *slugs: str) -> None:
        """Makes the person a plain member of demo tenants."""
        self._execute(
            """
            INSERT INTO "TenantUsers" ("tenantId", "userId", "roles")
            SELECT t."id", u."id", ARRAY[r."id"::text] FROM "Tenants" t JOIN "Roles" r ON r."tenantId" = t."id"
            JOIN "BuiltInRoles" b ON b."roleId" = r."id" AND b."kind" = 'member', "Users" u
            WHERE t."slug" = ANY($1::text[]) AND u."email" = $2
            """,
            list(slugs),
            email,
        )

    def age_proofs(self, email: str) -> None:
        """The person proved who they are more than ten minutes ago, in every browser."""
        self._execute(
            'UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\''
            ' WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)',
            email,
        )

    def idle_out(self, email: str) -> None:
        """Nothing happened in the person's sessions for longer than they last."""
        self._execute(
            'UPDATE "Sessions" SET "lastSeenAt" = app_now() - interval \'31 days\''
            ' WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)',
            email,
        )

    def drop_password(self, email: str) -> None:
        """The person signs in by mailed codes alone."""
        self._execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', email)

    def use_two_steps(self, email: str) -> None:
        """The person signs in with an authenticator app from now on; nobody has its key."""
        self._execute(
            'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'of no app\','
            ' "twoFactorBackupCodes" = ARRAY[\'of no use\'] WHERE "email" = $1',
            email,
        )

    def add_passkey(self, email: str, name: str, days: int) -> None:
        """A passkey that no authenticator holds, made so many days ago."""
        self._execute(
            'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "friendlyName",'
            ' "createdAt") SELECT "id", uuid_send(uuid_generate_v4()), \'\\x01\', $2,'
            ' app_now() - make_interval(days => $3) FROM "Users" WHERE "email" = $1',
            email,
            name,
            days,
        )
        self._execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', email)

    def age_recovery(self, email: str, hours: int) -> None:
        """So many hours pass for the person's lost second step, and the worker looks at it."""
        self._execute(
            """UPDATE "TwoFactorRecoveries" SET "readyAt" = "readyAt" - make_interval(hours => $2),
            "expiresAt" = "expiresAt" - make_interval(hours => $2),
            "remindedAt" = "remindedAt" - make_interval(hours => $2)
            WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)""",
            email,
            hours,
        )
        self._execute(
            "INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)"
            " VALUES (0, 'recovery.watch', '{}', clock_timestamp(), 'queued')"
        )

    def age_account(self, email: str, days: int) -> None:
        """The account was made so many days ago, and what was offered is as long ago."""
        self._execute(
            'UPDATE "Users" SET "createdAt" = "createdAt" - make_interval(days => $2) WHERE "email" = $1', email, days
        )
        self._execute(
            'UPDATE "OfferedStops" SET "shownAt" = "shownAt" - make_interval(days => $2)'
            ' WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)',
            email,
            days,
        )

    def _forget(self, bucket: Bucket, subject: str) -> None:
        self._execute('DELETE FROM "RateLimits" WHERE "key" = $1', self._key(bucket, subject))

    def _key(self, bucket: Bucket, subject: str) -> str:
        """As app/ratelimit.py keeps it: under a MAC with the server's own secret."""
        config.use(self._settings)
        return f"{bucket.name}:{crypto.mac('rate limit', subject.encode()).hex()[:32]}"

    def _execute(self, statement: str, *values: object) -> None:
        """In a thread: Playwright has an event loop of its own running in this one."""

        async def run() -> None:
            connection = await asyncpg.connect(self._dsn)
            try:
                await connection.execute(statement, *values)
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, run()).result()
