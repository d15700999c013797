"""The name of a browser changes whenever somebody becomes more, or less, in it: a planted one is worth nothing then."""

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import PASSWORD, Cast
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

ZOE = "zoe@zebra.test"


class Attack:
    """An attacker's own browser, whose name was planted in the victim's."""

    def __init__(self, app: Litestar) -> None:
        self.attacker = Browser(app, ip="198.51.100.66")
        self.victim = Browser(app)

    async def begin(self) -> None:
        await self.attacker.open("/login")
        self.victim.plant("browser", self.name)

    @property
    def name(self) -> str:
        return str(self.attacker.cookie("browser"))

    async def forged(self) -> int:
        """The status of an act in the victim's browser with a token that the attacker holds."""
        await self.attacker.open("/recover")
        token = self.attacker.document.form("/recover")[1]["csrf_token"]
        return (await self.victim.http.post("/recover", data={"email": "", "csrf_token": token})).status_code


@pytest.fixture
async def attack(app: Litestar, cast: Cast) -> Attack:
    made = Attack(app)
    await made.begin()
    assert await made.forged() == 422, "the token of the planted name counts until somebody signs in"
    return made


async def test_a_planted_name_is_replaced_at_sign_in_and_at_sign_out(attack: Attack, cast: Cast) -> None:
    victim = attack.victim
    await victim.open("/login")
    await victim.submit("/login", email=cast.mia, password=PASSWORD)
    signed_in = victim.cookie("browser")
    assert signed_in
    assert signed_in != attack.name
    assert await attack.forged() == 403

    await victim.submit("/logout")

    assert victim.cookie("browser") not in {None, signed_in, attack.name}
    assert await attack.forged() == 403
    await victim.open("/login")
    await victim.submit("/login", email=cast.mia, password=PASSWORD)
    assert victim.name == "account.home", "the forms of the new name work"


async def test_a_planted_name_is_replaced_when_a_sign_up_is_finished(attack: Attack, mailbox: Mailbox) -> None:
    victim = attack.victim
    await victim.open("/signup")
    await victim.submit("/signup", name="Zoe", email=ZOE)
    await victim.submit("/signup/verify", code=await mailbox.code(ZOE))
    proven = victim.cookie("browser")

    await victim.submit("/signup/finish", password=PASSWORD)

    assert victim.name == "account.home"
    assert victim.cookie("browser") not in {proven, attack.name}


@pytest.mark.parametrize("by_link", [False, True], ids=["by code", "by link"])
async def test_who_planted_the_name_cannot_use_the_proof_that_is_given_under_it(
    attack: Attack, cast: Cast, mailbox: Mailbox, *, by_link: bool
) -> None:
    """Else the attacker would choose the victim's new password."""
    victim = attack.victim
    await victim.open("/recover")
    await victim.submit("/recover", email=cast.mia)
    if by_link:
        await victim.open(await mailbox.link(cast.mia))
        await victim.submit("/recover/reset/link")
    else:
        await victim.submit("/recover/sent", code=await mailbox.code(cast.mia))
    assert victim.name == "recover.reset"

    await attack.attacker.open("/recover/reset")
    assert attack.attacker.page.status_code == 410

    await victim.submit("/recover/reset", new_password="amber-window-thistle")
    assert victim.name == "login.index"


async def test_who_planted_the_name_cannot_ask_for_the_second_step_to_be_removed(
    attack: Attack, cast: Cast, mailbox: Mailbox
) -> None:
    victim, lost = attack.victim, "/recover/second-factor"
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    await victim.open(lost)
    await victim.submit(lost, email=cast.mia)
    await victim.submit(f"{lost}/code", code=await mailbox.code(cast.mia))
    assert victim.name == "recover.lost_begin"

    await attack.attacker.open(lost)

    assert attack.attacker.name == "recover.lost_address"
    await victim.submit(f"{lost}/start")
    assert victim.name == "recover.lost_waiting"


async def test_a_sign_up_proven_under_a_planted_name_is_not_the_attackers(attack: Attack, mailbox: Mailbox) -> None:
    victim = attack.victim
    await victim.open("/signup")
    await victim.submit("/signup", name="Zoe", email=ZOE)
    await victim.submit("/signup/verify", code=await mailbox.code(ZOE))
    assert victim.name == "signup.finish"

    await attack.attacker.open("/signup/finish")

    assert attack.attacker.page.status_code == 410


async def test_proofs_that_were_not_used_die_with_the_name(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    browser = Browser(app)
    await browser.open("/recover")
    await browser.submit("/recover", email=cast.mia)
    await browser.submit("/recover/sent", code=await mailbox.code(cast.mia))
    before = str(browser.cookie("browser"))

    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    await browser.open("/recover/reset")
    assert browser.page.status_code == 410

    thief = Browser(app)
    thief.plant("browser", before)
    await thief.open("/recover/reset")
    assert thief.page.status_code == 410
    assert await db.value('SELECT count(*) FROM "MailboxProofs" WHERE "usedAt" IS NULL') == 0


async def test_the_proofs_of_other_browsers_live_on(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    phone, browser = Browser(app), Browser(app)
    await phone.open("/recover")
    await phone.submit("/recover", email=cast.mia)
    code = await mailbox.code(cast.mia)

    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    await phone.submit("/recover/sent", code=code)

    assert phone.name == "recover.reset"


async def test_a_form_left_open_in_another_tab_gets_a_page_that_says_so(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/recover")
    other_tab = browser.page
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    browser.page = other_tab

    await browser.submit("/recover", email=cast.mia)
    assert browser.page.status_code == 403
    assert "That could not be checked" in browser.document.text

    await browser.open("/recover")
    await browser.submit("/recover", email=cast.mia)
    assert browser.name == "recover.sent"


async def test_a_refused_sign_in_changes_no_name(app: Litestar, cast: Cast, database: TestDatabase) -> None:
    browser = Browser(app)
    await browser.open("/login")
    before = browser.cookie("browser")

    await browser.submit("/login", email=cast.mia, password="wrong-wrong-wrong")

    assert browser.cookie("browser") == before
    assert len(crypto.digest(str(before))) == 32
