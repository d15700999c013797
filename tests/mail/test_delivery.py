"""The outbox against a real mail server: delivered once, tried again, given up with a reason."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app import config, db
from app.jobs.registry import Later
from app.mail import delivery, jobs, transport
from app.mail.delivery import CLAIM, WAITS, deliver
from app.mail.outbox import send
from app.mail.transport import Server as ServerUrl
from tests.conftest import configured
from tests.database import Clock, TestDatabase
from tests.jobs.workers import queued, until, working
from tests.mail.smtp import PASSWORD, Server, certificate, only_password

pytestmark = pytest.mark.anyio

MIA = "mia@acme.test"
LINK = "http://localhost:8000/recover/reset?token=secret-token"


@pytest.fixture
def smtp() -> Iterator[Server]:
    with Server().running() as running:
        configured(smtp_url=running.url)
        yield running


async def post(to: str = MIA, *, minutes: int | None = 60) -> UUID:
    """A mail with a secret, as the recovery of a password sends it."""
    expires = await db.now() + timedelta(minutes=minutes) if minutes is not None else None
    await send("recover/link", to, secret={"code": "042137", "link": LINK}, expires_at=expires, name="Mia")
    mail_id = await db.value('SELECT "id" FROM "Outbox" WHERE "recipient" = $1 ORDER BY "createdAt" DESC LIMIT 1', to)
    assert isinstance(mail_id, UUID)
    return mail_id


async def row(mail_id: UUID) -> dict[str, object]:
    found = await db.one('SELECT * FROM "Outbox" WHERE "id" = $1', mail_id)
    assert found is not None
    return dict(found)


async def test_a_mail_is_delivered_once_and_its_secret_erased(database: TestDatabase, smtp: Server) -> None:
    mail_id = await post()
    stored = await row(mail_id)
    assert stored["secret"] is not None
    assert b"042137" not in bytes(stored["secret"])  # type: ignore[call-overload]

    await deliver(mail_id)
    await deliver(mail_id)

    assert len(smtp.received) == 1
    sent = await row(mail_id)
    assert (sent["status"], sent["secret"], sent["lastError"]) == ("sent", None, None)
    assert sent["sentAt"] is not None
    assert "secret-token" not in str(sent)


async def test_the_message_says_who_what_and_that_a_machine_wrote_it(database: TestDatabase, smtp: Server) -> None:
    configured(site_name="Acme, the portal", mail_from="portal@bücher.example", support_url="mailto:help@acme.test")
    mail_id = await post()

    await deliver(mail_id)

    (message,) = smtp.received
    assert str(message["From"]) == '"Acme, the portal" <portal@xn--bcher-kva.example>'
    assert str(message["To"]) == MIA
    assert str(message["Reply-To"]) == "help@acme.test"
    assert str(message["Subject"]) == "A new password for your account"
    assert str(message["Message-ID"]) == f"<{mail_id}@localhost>"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert str(message["X-Auto-Response-Suppress"]) == "All"
    assert str(message["Content-Language"]) == "en"
    assert message["Date"].datetime.utcoffset() == timedelta(0)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert LINK in plain.get_content()
    assert LINK in html.get_content()


async def test_what_is_rolled_back_is_not_mailed(database: TestDatabase, smtp: Server) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await post()
            raise ZeroDivisionError

    assert await db.value('SELECT count(*) FROM "Outbox"') == 0
    assert await queued("mail.deliver") == 0


async def test_a_server_that_is_away_gets_the_mail_when_it_is_back(database: TestDatabase) -> None:
    server = Server()
    configured(smtp_url=server.url)
    mail_id = await post()

    with pytest.raises(Later) as later:
        await deliver(mail_id)
    assert later.value.delay == WAITS[0]
    waiting = await row(mail_id)
    assert (waiting["status"], waiting["attempts"]) == ("queued", 1)
    assert "Connect" in str(waiting["lastError"])

    with server.running():
        await deliver(mail_id)
    assert (await row(mail_id))["status"] == "sent"
    assert len(server.received) == 1


async def test_a_temporary_refusal_is_tried_again_less_and_less_often(database: TestDatabase, smtp: Server) -> None:
    smtp.answers[MIA] = "451 4.7.1 greylisted, come back later"
    mail_id = await post(minutes=None)
    delays = []
    for _wait in WAITS:
        with pytest.raises(Later) as later:
            await deliver(mail_id)
        delays.append(later.value.delay)

    await deliver(mail_id)

    assert tuple(delays) == WAITS
    assert max(WAITS[:10]) <= timedelta(minutes=2)
    assert timedelta(hours=23) < sum(WAITS, timedelta()) < timedelta(hours=26)
    dead = await row(mail_id)
    assert (dead["status"], dead["lastError"], dead["secret"]) == (
        "dead",
        "451 4.7.1 greylisted, come back later",
        None,
    )


@pytest.mark.parametrize("where", ["recipient", "content"])
async def test_a_final_refusal_buries_the_mail_with_the_servers_words(
    database: TestDatabase, smtp: Server, where: str
) -> None:
    if where == "recipient":
        smtp.answers[MIA] = "550 5.1.1 no such user here"
    else:
        smtp.after_data = "550 5.1.1 no such user here"
    mail_id = await post()

    await deliver(mail_id)
    await deliver(mail_id)

    dead = await row(mail_id)
    assert (dead["status"], dead["lastError"], dead["attempts"]) == ("dead", "550 5.1.1 no such user here", 1)
    assert dead["secret"] is None
    assert not smtp.received


async def test_a_mail_past_its_life_is_not_sent(database: TestDatabase, smtp: Server, clock: Clock) -> None:
    mail_id = await post(minutes=60)
    await clock.advance(minutes=61)

    await deliver(mail_id)

    expired = await row(mail_id)
    assert (expired["status"], expired["secret"], expired["attempts"]) == ("expired", None, 0)
    assert not smtp.received


async def test_the_sweep_erases_expired_secrets_and_finds_lost_mails(
    database: TestDatabase, smtp: Server, clock: Clock
) -> None:
    dying, lost = await post(minutes=5), await post("eve@beta.test")
    await db.execute("DELETE FROM pgqueuer")
    await clock.advance(minutes=11)
    on_its_way = await post("olga@acme.test")

    await jobs.sweep()
    await jobs.sweep()

    assert ((await row(dying))["status"], (await row(dying))["secret"]) == ("expired", None)
    keys = {found["dedupe_key"] for found in await db.rows("SELECT dedupe_key FROM pgqueuer")}
    assert keys == {f"mail.deliver {lost}", f"mail.deliver {on_its_way}"}


async def test_a_crash_after_the_servers_yes_repeats_the_mail_once_with_its_id(
    database: TestDatabase, smtp: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(_mail: object) -> None:
        raise SystemExit

    mail_id = await post(minutes=None)
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_surely_end", crash)
        with pytest.raises(SystemExit):
            await deliver(mail_id)

    with pytest.raises(Later) as later:  # it might still be under way
        await deliver(mail_id)
    assert timedelta(0) < later.value.delay <= CLAIM
    await clock.advance(seconds=CLAIM.total_seconds() + 1)
    await deliver(mail_id)
    await deliver(mail_id)

    assert len(smtp.ids) == 2
    assert len(set(smtp.ids)) == 1


async def test_a_database_away_after_the_servers_yes_does_not_repeat_the_mail(
    database: TestDatabase, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, failures = delivery._end, [db.Away("gone"), db.Away("gone")]  # noqa: SLF001 - the moment cannot be met from outside

    async def sometimes(*arguments: object) -> None:
        if failures:
            raise failures.pop()
        await end(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "_end", sometimes)
    mail_id = await post()

    await deliver(mail_id)

    assert (await row(mail_id))["status"] == "sent"
    assert len(smtp.received) == 1


async def test_a_mail_that_cannot_be_rendered_waits_until_it_can(database: TestDatabase, smtp: Server) -> None:
    mail_id, key = await post(), config.settings().secret_keys
    configured(secret_keys=("another-key-another-key-another-key",))
    with pytest.raises(Later):
        await deliver(mail_id)
    waiting = await row(mail_id)
    assert (waiting["status"], waiting["lastError"]) == ("queued", "cannot be rendered: CannotDecrypt")

    configured(secret_keys=key)
    await deliver(mail_id)

    assert (await row(mail_id))["status"] == "sent"


async def test_two_workers_deliver_each_mail_once(own_database: TestDatabase, smtp: Server) -> None:
    configured(database_url=own_database.dsn)
    async with db.transaction():
        for number in range(60):
            await post(f"person-{number}@acme.test")
    async with working(workers=2):
        await until(lambda: db.value("""SELECT bool_and("status" = 'sent') FROM "Outbox" """), 30)

    assert len(smtp.ids) == len(set(smtp.ids)) == 60


async def test_a_slow_answer_holds_up_no_other_mail(
    own_database: TestDatabase, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(database_url=own_database.dsn)
    monkeypatch.setattr(transport, "REPLY_SECONDS", 1.5)
    smtp.delays = {f"slow-{number}@acme.test": 4 for number in range(3)}
    slow = [await post(to) for to in smtp.delays]
    async with working():
        await asyncio.sleep(0.3)
        quick = await post()
        assert await until(lambda: db.value("""SELECT "status" = 'sent' FROM "Outbox" WHERE "id" = $1""", quick)) < 1
        await until(lambda: db.value('SELECT "lastError" IS NOT NULL FROM "Outbox" WHERE "id" = $1', slow[0]))

    assert "Timeout" in str((await row(slow[0]))["lastError"])


async def test_a_server_without_tls_gets_nothing_where_tls_is_asked(database: TestDatabase, smtp: Server) -> None:
    configured(smtp_url=f"smtp+starttls://127.0.0.1:{smtp.port}")
    mail_id = await post()

    with pytest.raises(Later):
        await deliver(mail_id)

    assert "STARTTLS" in str((await row(mail_id))["lastError"])
    assert not smtp.received


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_tls_is_used_and_its_certificate_checked(
    database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    trusted, context = certificate(tmp_path)
    server = Server()
    configured(smtp_url=f"{scheme}://127.0.0.1:{server.port}")
    mail_id = await post()

    with server.running(**{"ssl_context" if scheme == "smtps" else "tls_context": context}):
        with pytest.raises(Later):
            await deliver(mail_id)
        assert "certificate" in str((await row(mail_id))["lastError"]).lower()
        assert not server.received

        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        await deliver(mail_id)

    assert server.encrypted == [True]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_wrong_password_of_ours_buries_no_mail(database: TestDatabase) -> None:
    server = Server()
    mail_id = await post()
    with server.running(auth_required=True, auth_require_tls=False, authenticator=only_password):
        configured(smtp_url=f"smtp://portal:wrong@127.0.0.1:{server.port}")
        with pytest.raises(Later):
            await deliver(mail_id)
        assert "535" in str((await row(mail_id))["lastError"])

        configured(smtp_url=f"smtp://portal:{PASSWORD.decode().replace(' ', '%20')}@127.0.0.1:{server.port}")
        await deliver(mail_id)

    assert len(server.received) == 1


def test_no_password_travels_in_plain_text() -> None:
    with pytest.raises(ValueError, match="no TLS"):
        ServerUrl.of("smtp://portal:secret@mail.example")

    assert ServerUrl.of("smtps://portal:p%40ss@mail.example") == ServerUrl(
        "mail.example", 465, "smtps", "portal", "p@ss"
    )
    assert ServerUrl.of("smtp+starttls://mail.example").port == 587
    assert ServerUrl.of("smtp://mail.example").port == 25


@pytest.mark.parametrize(
    "to",
    [
        "a@x.test,b@y.test",
        "a@x.test\r\nRCPT TO:<b@y.test>",
        "a b@x.test",
        "<a@x.test>",
        '"a@evil.test"@x.test',
        "a",
        "a@",
    ],
)
async def test_a_mail_goes_to_one_plain_address(database: TestDatabase, to: str) -> None:
    with pytest.raises(ValueError, match="address"):
        await send("signup/known", to, name=None)


async def test_an_unknown_kind_and_a_foreign_link_are_refused_at_once(database: TestDatabase) -> None:
    with pytest.raises(ValueError, match="no mail"):
        await send("../secrets", MIA)
    with pytest.raises(ValueError, match="this site"):
        await send("recover/link", MIA, secret={"code": "1", "link": "https://evil.example/recover"})
    with pytest.raises(ValueError, match="this site"):
        await send("recover/link", MIA, secret={"code": "1", "link": "http://localhost:8000.evil.example/recover"})
