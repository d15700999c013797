"""Signing in with a passkey: one test for each step of WebAuthn L3 section 7.2 that can be forged, then the success."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.audit.events import Event
from app.users.passkeys.tables import Passkey
from tests.authenticator import YUBIKEY, Authenticator, bytes_of
from tests.cast import PASSWORD, Cast
from tests.ceremonies import SIGN_IN, give_passkey, live_sessions, named, options, refusals, send, show
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

GENERAL = "This passkey could not be checked. Try again, or use another way."


@pytest.fixture
async def key(app: Litestar, cast: Cast) -> Authenticator:
    """Mia's passkey, on an authenticator that counts."""
    made = Authenticator(count=7)
    await give_passkey(Browser(app), cast.mia, made)
    return made


@pytest.fixture
async def visitor(app: Litestar, key: Authenticator) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    return browser


async def comes_in(visitor: Browser, key: Authenticator) -> bool:
    answer = await show(visitor, key)
    return answer.status_code == 200 and answer.json() == {"next": "/"} and bool(visitor.cookie("session"))


FORGERIES: list[tuple[str, dict[str, Any]]] = [
    ("type", {"type": "webauthn.create"}),
    ("challenge", {"challenge": urlsafe_b64encode(b"x" * 32).decode().rstrip("=")}),
    ("challenge", {"challenge": ""}),
    ("origin", {"origin": "http://localhost:8001"}),
    ("origin", {"origin": "https://localhost:8000"}),
    ("origin", {"origin": "http://www.localhost:8000"}),
    ("origin", {"origin": "http://localhost.:8000"}),
    ("origin", {"origin": "http://LOCALHOST:8000"}),
    ("origin", {"origin": "http://localhost:8000/"}),
    ("origin", {"origin": "https://evil.example"}),
    ("origin", {"origin": ["http://localhost:8000"]}),
    ("cross_origin", {"client": {"crossOrigin": True}}),
    ("cross_origin", {"client": {"crossOrigin": "false"}}),
    ("cross_origin", {"client": {"topOrigin": "https://evil.example"}}),
    ("cross_origin", {"client": {"topOrigin": None}}),
    ("rp_id", {"rp_id": "evil.example"}),
    ("not_present", {"present": False}),
    ("not_verified", {"user_verified": False}),
    ("backup_flags", {"eligible": False, "backed_up": True}),
    ("backup_flags", {"eligible": False, "backed_up": False}),
    ("user_handle", {"handle": None}),
    ("user_handle", {"handle": b"x" * 64}),
    ("user_handle", {"handle": b""}),
    ("signature", {"signed": b"something else"}),
    ("signature", {"signature": b""}),
    ("signature", {"signature": bytes(72)}),
    ("signature", {"signature": bytes.fromhex("3006020100020100")}),
    ("id_mismatch", {"raw_id": "AAAA"}),
    ("id_mismatch", {"kind": "password"}),
    ("id_length", {"sent_id": b"x" * 1024}),
    ("malformed", {"client": {"challenge": 7}}),
    ("malformed", {"extra": b"\xff"}),
    ("malformed", {"raw_id": "not base64!", "credential": {"id": "not base64!"}}),
]


@pytest.mark.parametrize(("reason", "forged"), FORGERIES, ids=named)
async def test_a_forged_answer_is_refused_and_the_true_one_taken(
    visitor: Browser, key: Authenticator, reason: str, forged: dict[str, Any]
) -> None:
    answer = await show(visitor, key, **forged)

    assert answer.status_code == 422
    assert await refusals() == [reason]
    assert await live_sessions() == 0
    assert visitor.cookie("session") is None
    assert await comes_in(visitor, key)


async def test_what_a_forger_is_told_is_one_sentence(visitor: Browser, key: Authenticator) -> None:
    told = {(await show(visitor, key, **forged)).text for _reason, forged in FORGERIES if "origin" in forged}

    assert told == {f'{{"problem":"{GENERAL}","field":null}}'}


async def test_a_challenge_is_good_for_once(visitor: Browser, key: Authenticator) -> None:
    asked = await options(visitor)
    assert (await send(visitor, f"{SIGN_IN}/verify", credential=key.sign(asked, origin="no"))).status_code == 422

    answer = await send(visitor, f"{SIGN_IN}/verify", credential=key.sign(asked))

    assert answer.json()["problem"] == "That took too long, or was sent twice. Start again."
    assert await live_sessions() == 0
    assert await comes_in(visitor, key)


@pytest.mark.parametrize(("seconds", "status"), [(301, 422), (299, 200)])
async def test_a_challenge_is_good_for_five_minutes(
    visitor: Browser, key: Authenticator, clock: Clock, seconds: int, status: int
) -> None:
    asked = await options(visitor)
    await clock.advance(seconds=seconds)

    assert (await send(visitor, f"{SIGN_IN}/verify", credential=key.sign(asked))).status_code == status


async def test_a_challenge_belongs_to_the_browser_that_asked(
    app: Litestar, visitor: Browser, key: Authenticator
) -> None:
    thief = Browser(app)
    await thief.open("/login")
    asked = await options(visitor)

    answer = await send(thief, f"{SIGN_IN}/verify", credential=key.sign(asked))

    assert answer.status_code == 422
    assert await refusals() == ["challenge"]
    assert (await send(visitor, f"{SIGN_IN}/verify", credential=key.sign(asked))).status_code == 200


async def test_an_unknown_passkey_is_named_as_such_so_that_the_browser_forgets_it(visitor: Browser) -> None:
    stranger = Authenticator()
    stranger.handle = b"h" * 64

    answer = await show(visitor, stranger)

    assert answer.status_code == 422
    assert answer.json()["field"] == "unknown_passkey"
    assert await refusals() == ["unknown"]


async def test_a_key_of_another_person_does_not_open_by_the_owners_handle(
    app: Litestar, visitor: Browser, key: Authenticator, cast: Cast
) -> None:
    """Adam's key, Mia's handle: the handle must be that of the key's owner."""
    adams = Authenticator()
    await give_passkey(Browser(app), cast.adam, adams)

    answer = await show(visitor, adams, handle=key.handle)

    assert answer.status_code == 422
    assert await refusals() == ["user_handle"]


async def test_a_counter_that_went_back_is_refused_and_its_owner_told(
    visitor: Browser, key: Authenticator, cast: Cast, mailbox: Mailbox
) -> None:
    assert await comes_in(visitor, key)
    await visitor.open("/")
    await visitor.submit("/logout")

    for count in (8, 7, 0):
        answer = await show(visitor, key, count=count)
        assert answer.status_code == 422, count
        assert "copied" in answer.json()["problem"]

    assert await live_sessions() == 0
    assert (await mailbox.newest(cast.mia)).subject == "One of your passkeys may have been copied"
    assert (
        await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = $1', Event.PASSKEY_SUSPECTED.label)
        == 3
    )
    assert await comes_in(visitor, key)


async def test_a_passkey_that_is_removed_at_this_moment_is_unknown_and_not_copied(
    visitor: Browser, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    use = Passkey.use

    async def too_late(key_id: UUID, sign_count: int, *, backed_up: bool) -> bool:
        await db.execute('DELETE FROM "Authenticators" WHERE "id" = $1', key_id)
        return await use(key_id, sign_count, backed_up=backed_up)

    monkeypatch.setattr(Passkey, "use", too_late)

    answer = await show(visitor, key)

    assert answer.status_code == 422
    assert "may have been removed" in answer.json()["problem"]
    assert await refusals() == ["unknown"]
    assert await live_sessions() == 0


async def test_a_bad_signature_with_an_old_counter_tells_nobody_of_a_copy(
    visitor: Browser, key: Authenticator, cast: Cast, mailbox: Mailbox
) -> None:
    before = await mailbox.count(cast.mia)

    await show(visitor, key, count=1, signature=b"x" * 70)

    assert await refusals() == ["signature"]
    assert await mailbox.count(cast.mia) == before


@pytest.mark.parametrize("count", [2**31 - 1, 2**31, 2**32 - 1])
async def test_a_counter_beyond_the_signed_numbers_counts_on(visitor: Browser, key: Authenticator, count: int) -> None:
    assert (await show(visitor, key, count=count)).status_code == 200
    await visitor.open("/")
    await visitor.submit("/logout")

    assert (await show(visitor, key, count=count)).status_code == 422
    assert (await show(visitor, key, count=9)).status_code == 422
    if count < 2**32 - 1:
        assert (await show(visitor, key, count=count + 1)).status_code == 200


async def test_an_authenticator_that_does_not_count_signs_in_again_and_again(
    app: Litestar, visitor: Browser, cast: Cast
) -> None:
    silent = Authenticator(count=None)
    await give_passkey(Browser(app), cast.adam, silent)

    for _time in range(3):
        assert await comes_in(visitor, silent)
        await visitor.open("/")
        await visitor.submit("/logout")


async def test_extensions_that_nobody_asked_for_are_ignored(visitor: Browser, key: Authenticator) -> None:
    extras = {"clientExtensionResults": {"appid": True}, "authenticatorAttachment": "platform", "surprise": 1}

    assert (await show(visitor, key, extra=b"\xa1\x63foo\x01", credential=extras)).status_code == 200


@pytest.mark.parametrize("algorithm", [-7, -8, -257])
async def test_each_algorithm_offered_signs_in(app: Litestar, visitor: Browser, cast: Cast, algorithm: int) -> None:
    made = Authenticator(algorithm=algorithm, aaguid=YUBIKEY)
    await give_passkey(Browser(app), cast.adam, made)

    assert (await show(visitor, made, signature=b"\0" * 64)).status_code == 422
    assert await comes_in(visitor, made)


@pytest.mark.parametrize("change", ["\"status\" = 'suspended'", "\"status\" = 'inactive'", '"emailVerified" = false'])
async def test_who_may_not_come_in_gets_nothing_from_a_valid_passkey(
    visitor: Browser, key: Authenticator, cast: Cast, change: str
) -> None:
    await db.execute(f'UPDATE "Users" SET {change} WHERE "email" = $1', cast.mia)  # noqa: S608 - constants above

    answer = await show(visitor, key)

    assert answer.json() == {"problem": GENERAL, "field": None}
    assert await live_sessions() == 0


async def test_a_locked_account_opens_to_its_passkey_and_stays_locked_for_passwords(
    app: Litestar, visitor: Browser, key: Authenticator, cast: Cast
) -> None:
    guesser = Browser(app, ip="198.51.100.9")
    for _try in range(10):
        await guesser.open("/login")
        await guesser.submit("/login", email=cast.mia, password="wrong-wrong-wrong")
    await guesser.open("/login")
    await guesser.submit("/login", email=cast.mia, password=PASSWORD)
    assert guesser.page.status_code == 422

    assert await comes_in(visitor, key)

    await guesser.submit("/login", email=cast.mia, password=PASSWORD)
    assert guesser.page.status_code == 422, "a guess elsewhere must not profit"


async def test_a_passkey_is_both_steps_in_one(visitor: Browser, key: Authenticator, cast: Cast) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)

    assert await comes_in(visitor, key)

    assert await db.value('SELECT "methods" FROM "Sessions" WHERE "endedAt" IS NULL') == ["passkey"]


async def test_the_options_say_nothing_about_anybody(visitor: Browser) -> None:
    asked = await options(visitor)

    assert asked.pop("challenge") != (await options(visitor))["challenge"]
    assert asked == {
        "timeout": 290_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    }


async def test_a_sign_in_is_noted_on_the_key(visitor: Browser, key: Authenticator) -> None:
    await show(visitor, key, backed_up=False)

    row = await db.one(
        'SELECT a."counter", a."lastUsedAt", p."backedUp" FROM "Authenticators" a'
        ' JOIN "Passkeys" p ON p."authenticatorId" = a."id"'
    )
    assert row
    assert (row["counter"], row["backedUp"]) == (8, False)
    assert row["lastUsedAt"] is not None


async def test_where_one_was_going_survives_and_stays_on_this_site(visitor: Browser, key: Authenticator) -> None:
    assert (await show(visitor, key, body={"next": "//evil.example"})).json() == {"next": "/"}
    await visitor.open("/")
    await visitor.submit("/logout")

    assert (await show(visitor, key, body={"next": "/logout"})).json() == {"next": "/logout"}


@pytest.mark.parametrize("body", ["", "[]", "{", '{"credential": 1}', '{"surprise": 1}', "[" * 50_000])
async def test_a_body_of_another_shape_is_no_fault(visitor: Browser, body: str) -> None:
    token = str(visitor.document.form("/login")[1]["csrf_token"])

    answer = await visitor.http.post(f"{SIGN_IN}/verify", content=body, headers={"x-csrf-token": token})

    assert answer.status_code == 400


async def test_refusals_of_one_network_are_limited_and_not_all_written_down(
    visitor: Browser, key: Authenticator
) -> None:
    configured(environment="staging")
    answers = [await show(visitor, key, origin="https://evil.example") for _try in range(80)]

    stopped = next(answer for answer in answers if answer.status_code == 429)
    assert int(stopped.headers["retry-after"]) > 0
    assert "too often" in stopped.json()["problem"]
    assert 60 <= len(await refusals()) < 80
    assert await comes_in(visitor, key), "the right one still gets in"


async def test_what_a_sign_in_costs(visitor: Browser, key: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two statements before; and after them two of its own, beside the five that every sign-in has."""
    assert await comes_in(visitor, key)
    await visitor.open("/")
    await visitor.submit("/logout")
    await visitor.open("/login")
    with counted(monkeypatch) as before:
        asked = await options(visitor)
    signed = await asyncio.to_thread(key.sign, asked)

    with counted(monkeypatch) as after:
        assert (await send(visitor, f"{SIGN_IN}/verify", credential=signed)).status_code == 200

    assert before.amount == (2, 0, 0), before.steps
    assert after.amount == (7, 1, 0), after.steps


def test_the_software_authenticator_speaks_base64url() -> None:
    assert bytes_of("_-8") == b"\xff\xef"
