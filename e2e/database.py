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

    def expire_codes(self, email: str) -> None:
        """Every code mailed to the address is past its ten minutes."""
        self._execute(
            'UPDATE "MailboxProofs" SET "expiresAt" = app_now() - interval \'1 second\' WHERE "email" = $1', email
        )

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
