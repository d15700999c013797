"""Adding a passkey: WebAuthn L3 section 7.1, one test for each step that can be forged; and signing up with one."""

import hashlib
from typing import Any
from uuid import UUID

import cbor2
import pytest
from litestar import Litestar

from app import db
from app.users.passkeys import aaguid
from tests.authenticator import GOOGLE, YUBIKEY, Authenticator, Key, bytes_of, text_of
from tests.cast import PASSWORD, Cast
from tests.ceremonies import (
    ADD,
    FINISH,
    PROVE,
    SIGN_IN,
    live_sessions,
    named,
    options,
    prove,
    refusals,
    register,
    send,
    show,
    sign_in,
)
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mia(app: Litestar, cast: Cast) -> Browser:
    return await sign_in(Browser(app), cast.mia)


async def count() -> int:
    found: int = await db.value('SELECT count(*) FROM "Authenticators"')
    return found


WIDE_RSA = cbor2.dumps({1: 3, 3: -257, -1: b"\xff" * 1024, -2: b"\x01\x00\x01"})
OFF_THE_CURVE = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32})

FORGERIES: list[tuple[str, dict[str, Any]]] = [
    ("type", {"type": "webauthn.get"}),
    ("challenge", {"challenge": text_of(b"x" * 32)}),
    ("origin", {"origin": "http://localhost:8001"}),
    ("origin", {"origin": "https://evil.example"}),
    ("cross_origin", {"client": {"crossOrigin": True}}),
    ("cross_origin", {"client": {"topOrigin": "http://localhost:8000"}}),
    ("rp_id", {"rp_id": "evil.example"}),
    ("not_present", {"present": False}),
    ("not_verified", {"user_verified": False}),
    ("backup_flags", {"eligible": False, "backed_up": True}),
    ("algorithm", {"cose": Key(-36).cose}),
    ("algorithm", {"cose": cbor2.dumps({1: 1, 3: -7, -1: 6, -2: b"x" * 32})}),
    ("algorithm", {"cose": WIDE_RSA}),
    ("malformed", {"cose": OFF_THE_CURVE}),
    ("id_length", {"credential_id": b"x" * 1024}),
    ("id_mismatch", {"sent_id": b"another"}),
    ("attestation", {"format": "android-safetynet", "statement": {"ver": "1", "response": b"x"}}),
    ("signature", {"format": "packed", "statement": {"alg": -7, "sig": b"x" * 70}}),
    ("malformed", {"credential": {"response": {"clientDataJSON": "AA", "attestationObject": "AA"}}}),
]


@pytest.mark.parametrize(("reason", "forged"), FORGERIES, ids=named)
async def test_a_forged_registration_is_refused_and_the_true_one_taken(
    mia: Browser, reason: str, forged: dict[str, Any]
) -> None:
    key = Authenticator()

    answer = await register(mia, key, **forged)

    assert answer.status_code == 422
    assert await refusals() == [reason]
    assert await count() == 0
    assert (await register(mia, key)).status_code == 200
    assert await count() == 1


async def test_what_an_authenticator_is_asked_for(mia: Browser) -> None:
    first, second = Authenticator(), Authenticator(aaguid=YUBIKEY, synced=False)
    await register(mia, first)
    await prove(mia, first)

    asked = await options(mia, ADD)

    assert asked["rp"] == {"id": "localhost", "name": "Portico"}
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert asked["attestation"] == "none"
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert asked["excludeCredentials"] == [
        {"type": "public-key", "id": text_of(first.id), "transports": ["internal", "hybrid"]}
    ]
    await register(mia, second)
    assert len((await options(mia, ADD))["excludeCredentials"]) == 2


async def test_the_user_handle_is_random_and_stays(app: Litestar, mia: Browser, cast: Cast) -> None:
    handle = (await options(mia, ADD))["user"]["id"]
    others = await sign_in(Browser(app), cast.adam)

    assert len(bytes_of(handle)) == 64
    assert (await options(mia, ADD))["user"]["id"] == handle
    assert (await options(others, ADD))["user"]["id"] != handle
    assert b"mia" not in bytes_of(handle)


async def test_a_challenge_is_taken_once_and_leaves_the_column_empty(mia: Browser) -> None:
    key = Authenticator()
    asked = await options(mia, ADD)
    assert await db.value('SELECT "currentChallenge" FROM "Users" WHERE "currentChallenge" IS NOT NULL')
    assert await db.value(
        'SELECT count(*) FROM "Users" WHERE "passkeyRegistrationStartedAt" > app_now() - interval \'1 minute\''
    )

    taken = await send(mia, f"{ADD}/verify", credential=key.make(asked))
    await prove(mia, key)
    again = await send(mia, f"{ADD}/verify", credential=Authenticator().make(asked))

    assert (taken.status_code, again.status_code) == (200, 422)
    assert await count() == 1
    assert await db.value('SELECT count(*) FROM "Users" WHERE "currentChallenge" IS NOT NULL') == 0
    assert await db.value('SELECT count(*) FROM "Users" WHERE "passkeyRegistrationStartedAt" IS NOT NULL') == 0


async def test_the_challenge_is_not_kept_in_plain(mia: Browser) -> None:
    asked = await options(mia, ADD)

    assert asked["challenge"] not in await db.value(
        'SELECT "currentChallenge" FROM "Users" WHERE "currentChallenge" IS NOT NULL'
    )


async def test_a_challenge_is_good_for_ten_minutes(mia: Browser, clock: Clock) -> None:
    asked = await options(mia, ADD)
    await db.execute(
        'UPDATE "Users" SET "passkeyRegistrationStartedAt" = app_now() - interval \'601 seconds\''
        ' WHERE "currentChallenge" IS NOT NULL'
    )

    assert (await send(mia, f"{ADD}/verify", credential=Authenticator().make(asked))).status_code == 422


async def test_a_challenge_of_another_ceremony_person_or_session_adds_nothing(
    app: Litestar, mia: Browser, cast: Cast
) -> None:
    key = Authenticator()
    again = await sign_in(Browser(app), cast.mia)
    adam = await sign_in(Browser(app), cast.adam)
    await register(mia, key)
    await prove(mia, key)
    await prove(again, key)
    for browser, path in ((mia, SIGN_IN), (mia, PROVE), (again, PROVE), (again, ADD), (adam, ADD)):
        ready = await options(browser, path) | {"user": {"id": text_of(b"h" * 64)}}

        answer = await send(mia, f"{ADD}/verify", credential=Authenticator().make(ready))

        assert answer.status_code == 422
    assert await count() == 1


async def test_a_passkey_that_is_somebodys_is_nobody_elses(app: Litestar, mia: Browser, cast: Cast) -> None:
    key = Authenticator()
    await register(mia, key)
    await prove(mia, key)
    adam = await sign_in(Browser(app), cast.adam)

    for browser in (adam, mia):
        answer = await register(browser, key)
        assert answer.status_code == 422
        assert answer.json()["problem"] == "This passkey is in use already. Make a new one on another device."

    assert await count() == 1


async def test_the_longest_allowed_id_is_taken(mia: Browser) -> None:
    key = Authenticator()
    key.id = b"x" * 1023

    assert (await register(mia, key)).status_code == 200


async def test_a_key_that_signs_its_own_attestation_is_taken(mia: Browser) -> None:
    """Some authenticators answer so although nobody asked; nothing else of it is believed."""
    key = Authenticator()
    asked = await options(mia, ADD)
    made = key.make(asked)
    data = cbor2.loads(bytes_of(made["response"]["attestationObject"]))["authData"]
    client = bytes_of(made["response"]["clientDataJSON"])
    signature = key.key.sign(data + hashlib.sha256(client).digest())
    attestation = cbor2.dumps({"fmt": "packed", "attStmt": {"alg": -7, "sig": signature}, "authData": data})
    made["response"]["attestationObject"] = text_of(attestation)

    assert (await send(mia, f"{ADD}/verify", credential=made)).status_code == 200


async def test_every_column_of_a_new_passkey(mia: Browser, cast: Cast) -> None:
    key = Authenticator(aaguid=YUBIKEY, count=5, synced=False)
    await register(mia, key, transports=["nfc", "usb", "telepathy", "usb"])

    row = await db.one('SELECT * FROM "Authenticators" a JOIN "Passkeys" p ON p."authenticatorId" = a."id"')
    assert row
    assert row["credentialID"] == key.id
    assert row["credentialPublicKey"] == key.key.cose
    assert row["counter"] == 5
    assert row["transports"] == ["usb", "nfc"]
    assert row["friendlyName"] == "YubiKey 5 NFC"
    assert row["lastUsedAt"] is None
    assert row["aaguid"] == YUBIKEY
    assert (row["backupEligible"], row["backedUp"]) == (False, False)
    assert await db.value('SELECT "passKeyEnabled" FROM "Users" WHERE "email" = $1', cast.mia)


def test_new_passkeys_are_called_after_their_model_each_by_a_name_of_its_own() -> None:
    unknown = UUID(int=0)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    assert aaguid.first_name(GOOGLE, [], None, []) == "Google Password Manager"
    taken = ["google password manager", "Google Password Manager 2"]
    assert aaguid.first_name(GOOGLE, [], None, taken) == "Google Password Manager 3"
    assert aaguid.first_name(unknown, ["usb"], firefox, []) == "Security key"
    assert aaguid.first_name(unknown, ["internal"], firefox, []) == "Passkey made with Firefox · Linux"
    assert aaguid.first_name(unknown, [], None, ["Passkey"]) == "Passkey 2"


async def test_adding_one_is_told_by_mail_with_a_way_back(mia: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await register(mia, Authenticator())

    mail = await mailbox.newest(cast.mia)
    assert mail.subject == "A passkey was added"
    assert "Google Password Manager" in mail.text
    undo = await db.value('SELECT "parameters" FROM "MailedLinks" ORDER BY "createdAt" DESC LIMIT 1')
    assert undo["passkey"] == str(await db.value('SELECT "id" FROM "Authenticators"'))
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'passkey.added\'') == 1


@pytest.mark.parametrize(("everywhere", "left"), [(True, 1), (False, 2)])
async def test_adding_one_signs_out_elsewhere_if_the_tick_stays(
    app: Litestar, mia: Browser, cast: Cast, *, everywhere: bool, left: int
) -> None:
    await sign_in(Browser(app), cast.mia)
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')

    await register(mia, Authenticator(), body={"everywhere": everywhere})

    assert await live_sessions() == left
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "rememberedAt" IS NOT NULL') == 0
    page = await mia.open(ADD)
    assert ("1 other device was signed out." in page.text) is everywhere


async def test_adding_one_asks_for_a_fresh_proof(mia: Browser) -> None:
    key = Authenticator()
    asked = await options(mia, ADD)
    await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')

    for path, body in (("options", {}), ("verify", {"credential": key.make(asked)})):
        answer = await send(mia, f"{ADD}/{path}", **body)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sudo?next=%2F")
    shown = await mia.http.get(f"{ADD}/add")

    assert shown.headers["location"] == "/sudo?next=%2Faccount%2Fsecurity%2Fpasskeys%2Fadd"
    assert await count() == 0


async def test_a_password_alone_adds_no_second_passkey(mia: Browser) -> None:
    """Whoever has a passkey proves with it: a stolen password must not bind another key."""
    assert (await register(mia, Authenticator())).status_code == 200

    assert (await send(mia, f"{ADD}/options")).status_code == 303


async def test_nobody_has_more_than_twenty(mia: Browser) -> None:
    await db.execute("""
        INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey")
        SELECT u."id", decode(n::text, 'escape'), '\\x00' FROM "Users" u, generate_series(1, 20) n
        WHERE u."email" = 'mia@acme.test';
        INSERT INTO "Passkeys" ("authenticatorId", "aaguid", "backupEligible", "backedUp")
        SELECT "id", uuid_generate_v4(), false, false FROM "Authenticators"
    """)

    answer = await send(mia, f"{ADD}/options")

    assert answer.status_code == 422
    assert "20 passkeys" in answer.json()["problem"]


@pytest.fixture
async def zoe(app: Litestar, mailbox: Mailbox) -> Browser:
    """Somebody who has proven her mailbox and has no account yet."""
    browser = Browser(app)
    await browser.open("/signup")
    await browser.submit("/signup", name="Zoe", email="zoe@zebra.test")
    await browser.submit("/signup/verify", code=await mailbox.code("zoe@zebra.test"))
    assert browser.name == "signup.finish"
    return browser


async def test_finishing_offers_a_passkey_first(zoe: Browser) -> None:
    assert zoe.page.text.index("Continue with a passkey") < zoe.page.text.index('name="password"')


async def test_a_sign_up_is_finished_with_a_passkey_and_without_any_password(app: Litestar, zoe: Browser) -> None:
    key = Authenticator()

    answer = await register(zoe, key, FINISH, body={"name": "  Zoe Zebra "})

    assert answer.json() == {"next": "/"}
    assert "Hello, Zoe Zebra" in (await zoe.open("/")).text
    person = await db.one('SELECT "password", "passKeyEnabled" FROM "Users" WHERE "email" = \'zoe@zebra.test\'')
    assert person
    assert (person["password"], person["passKeyEnabled"]) == (None, True)
    phone = Browser(app)
    await phone.open("/login")
    assert (await show(phone, key)).status_code == 200
    assert await db.value('SELECT count(*) FROM "Outbox" WHERE "kind" = \'notice/event\'') <= 1


@pytest.mark.parametrize(("body", "field"), [({"name": " "}, "name"), ({"name": "x" * 101}, "name"), ({}, "name")])
async def test_a_name_is_asked_for_as_by_the_form(zoe: Browser, body: dict[str, Any], field: str) -> None:
    answer = await send(zoe, f"{FINISH}/options", **body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_the_terms_are_agreed_to_here_too(zoe: Browser) -> None:
    configured(terms_url="https://acme.test/terms", terms_version="2027-01")
    assert (await send(zoe, f"{FINISH}/options", name="Zoe")).json()["field"] == "terms"

    answer = await register(zoe, Authenticator(), FINISH, body={"name": "Zoe", "terms": True})

    assert answer.status_code == 200
    assert await db.value('SELECT "version" FROM "TermsAcceptances"') == "2027-01"


async def test_a_forged_first_passkey_opens_no_account_and_the_true_one_does(zoe: Browser) -> None:
    for forged in ({"user_verified": False}, {"origin": "https://evil.example"}, {"challenge": text_of(b"x" * 32)}):
        answer = await register(zoe, Authenticator(), FINISH, body={"name": "Zoe"}, **forged)
        assert answer.status_code == 422
        assert await db.value('SELECT "emailVerified" FROM "Users" WHERE "email" = \'zoe@zebra.test\'') is False

    assert (await register(zoe, Authenticator(), FINISH, body={"name": "Zoe"})).status_code == 200


async def test_a_first_passkey_needs_a_proven_mailbox_in_this_browser(app: Litestar, zoe: Browser) -> None:
    stranger = Browser(app)
    await stranger.open("/signup")
    asked = await options(zoe, FINISH, name="Zoe")

    for path, body in (("options", {}), ("verify", {"credential": Authenticator().make(asked)})):
        assert (await send(stranger, f"{FINISH}/{path}", name="Zoe", **body)).status_code == 410


async def test_a_sign_in_challenge_finishes_no_sign_up(zoe: Browser) -> None:
    asked = await options(zoe, SIGN_IN) | {"user": {"id": text_of(b"h" * 64)}}

    answer = await send(zoe, f"{FINISH}/verify", name="Zoe", credential=Authenticator().make(asked))

    assert answer.status_code == 422
    assert await refusals() == ["challenge"]


async def test_an_account_is_finished_once(zoe: Browser) -> None:
    asked = await options(zoe, FINISH, name="Zoe")
    await zoe.submit("/signup/finish", password=PASSWORD)
    await zoe.open("/login")

    answer = await send(zoe, f"{FINISH}/verify", name="Zoe", credential=Authenticator().make(asked))

    assert answer.status_code == 410
    assert await count() == 0
