"""The mail that people in a test have got: the outbox is delivered as the worker would, then read."""

import re

import msgspec
import pytest

from app import db
from app.config import settings
from app.mail.delivery import deliver
from tests.database import TestDatabase


class Mail(msgspec.Struct, frozen=True):
    """One delivered mail."""

    to: str
    subject: str
    text: str
    html: str


class Mailbox:
    """All mailboxes of the test."""

    async def newest(self, to: str) -> Mail:
        found = await self.all(to)
        assert found, f"no mail to {to}"
        return found[-1]

    async def all(self, to: str | None = None) -> list[Mail]:
        await self._deliver()
        rows = await db.rows('SELECT * FROM "DevMails" WHERE $1::varchar IS NULL OR "recipient" = $1 ORDER BY "id"', to)
        return [Mail(row["recipient"], row["subject"], row["text"], row["html"]) for row in rows]

    async def count(self, to: str | None = None) -> int:
        return len(await self.all(to))

    async def code(self, to: str) -> str:
        """The six digits of the newest mail to the address."""
        found = re.search(r"\b(\d{3}) ?(\d{3})\b", (await self.newest(to)).text)
        assert found
        return "".join(found.groups())

    async def link(self, to: str) -> str:
        """The path of the link with a token in the newest mail to the address."""
        found = re.search(r"https?://\S+token=\S+", (await self.newest(to)).text)
        assert found
        return found.group().removeprefix(settings().base_url)

    async def act(self, to: str, subject: str | None = None) -> str:
        """The path of the mailed act (`/links/…`) in the newest mail to the address, or the newest of a subject."""
        found = [mail for mail in await self.all(to) if subject in (None, mail.subject)]
        assert found, f"no mail to {to} about {subject}"
        link = re.search(r"https?://\S+/links/\S+", found[-1].text)
        assert link, found[-1].text
        return link.group().removeprefix(settings().base_url)

    async def subjects(self, to: str) -> list[str]:
        return [mail.subject for mail in await self.all(to)]

    async def _deliver(self) -> None:
        for row in await db.rows('SELECT "id" FROM "Outbox" WHERE "status" = \'queued\' ORDER BY "createdAt"'):
            await deliver(row["id"])


@pytest.fixture
async def mailbox(database: TestDatabase) -> Mailbox:
    return Mailbox()
