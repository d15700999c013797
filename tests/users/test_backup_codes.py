"""Backup codes: ten, shown once, each used once (security 1.7, 7.41, 9.12; decisions 33)."""

import re

import pytest
from litestar import Litestar

from app import config, db
from app.actor import Actor
from app.errors import NeedsSudo, Rejected
from app.users.backup_codes import actions, codes
from tests.cast import Cast
from tests.conftest import SETTINGS, configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import STEP, allow, first_step, give_app, id_of, sign_in_with_app, user
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/account/security/backup-codes"
SHOWN = re.compile(r"<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</li>")


@pytest.fixture
async def nora(app: Litestar, cast: Cast) -> Browser:
    """Nora, signed in with both steps."""
    await give_app(cast.nora)
    return await sign_in_with_app(app, cast.nora)


async def make(browser: Browser) -> list[str]:
    await browser.open(PAGE)
    await browser.submit(PAGE)
    return SHOWN.findall(browser.page.text)


async def left(email: str) -> int:
    return int(await db.value('SELECT cardinality("twoFactorBackupCodes") FROM "Users" WHERE "email" = $1', email))


async def test_ten_codes_of_eighty_bits_are_shown_once_and_kept_as_macs(nora: Browser, mailbox: Mailbox) -> None:
    made = await make(nora)
    assert len(set(made)) == 10
    assert nora.page.headers["cache-control"] == "no-store"
    assert all(len(codes.normal(code) or "") == 16 for code in made)
    assert len({letter for code in made for letter in code} - {"-"}) > 20
    assert not {"I", "L", "O", "U"} & {letter for code in made for letter in code}

    stored = await user(Cast.nora, "twoFactorBackupCodes")
    assert isinstance(stored, list)
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in stored)
    await nora.open(PAGE)
    assert not SHOWN.findall(nora.page.text)
    assert "10 codes are left" in nora.document.text
    assert "Made" in nora.document.text
    assert "New backup codes were made" in [mail.subject for mail in await mailbox.all(Cast.nora)]
    for mail in await mailbox.all(Cast.nora):
        assert not any(code in mail.text + mail.html for code in made)


async def test_a_code_takes_the_place_of_the_second_step_once(app: Litestar, nora: Browser, mailbox: Mailbox) -> None:
    made = await make(nora)
    browser = await first_step(app, Cast.nora)
    await browser.open(f"{STEP}?way=backup")
    for wrong in ("AAAA-BBBB-CCCC-DDDD", made[0][:-1] + ("0" if made[0][-1] != "0" else "1")):
        await browser.submit(STEP, code=wrong)
        assert browser.page.status_code == 422
    assert await left(Cast.nora) == 10

    await browser.submit(STEP, code=made[0])
    assert browser.name == "account.home"
    assert await left(Cast.nora) == 9
    notice = next(mail for mail in await mailbox.all(Cast.nora) if mail.subject == "A backup code was used")
    assert "Codes left: 9" in notice.text

    again = await first_step(app, Cast.nora)
    await again.open(f"{STEP}?way=backup")
    await again.submit(STEP, code=made[0])
    assert again.page.status_code == 422
    assert await left(Cast.nora) == 9


async def test_case_dashes_blanks_and_look_alikes_do_not_matter(app: Litestar, nora: Browser) -> None:
    made = await make(nora)
    ways = (
        made[0].lower(),
        made[1].replace("-", ""),
        f"  {made[2].replace('-', ' ')} ",
        made[3].replace("-", "–").replace("0", "o").replace("1", "l"),
        made[4].replace("0", "O").replace("1", "I"),
    )
    for typed in ways:
        browser = await first_step(app, Cast.nora)
        await browser.open(f"{STEP}?way=backup")
        await browser.submit(STEP, code=typed)
        assert browser.name == "account.home", typed


async def test_new_codes_end_all_earlier_ones(app: Litestar, nora: Browser) -> None:
    old, new = await make(nora), await make(nora)
    assert not set(old) & set(new)
    browser = await first_step(app, Cast.nora)
    await browser.open(f"{STEP}?way=backup")
    await browser.submit(STEP, code=old[0])
    assert browser.page.status_code == 422

    await browser.submit(STEP, code=new[0])
    assert browser.name == "account.home"


async def test_people_are_told_when_few_are_left(app: Litestar, nora: Browser, mailbox: Mailbox) -> None:
    made = await make(nora)
    for number, code in enumerate(made):
        await db.execute('DELETE FROM "RateLimits"')
        browser = await first_step(app, Cast.nora)
        await browser.open(f"{STEP}?way=backup")
        await browser.submit(STEP, code=code)
        assert browser.name == "account.home"
        told = [mail for mail in await mailbox.all(Cast.nora) if "running out" in mail.subject]
        assert len(told) == max(0, number - 5), "from the third last on, with each use"
    assert await left(Cast.nora) == 0
    await nora.open(PAGE)
    assert "None left" in nora.document.text
    browser = await first_step(app, Cast.nora)
    assert "backup code" not in browser.document.text.lower(), "not offered to people who have none"


async def test_codes_come_with_two_step_sign_in_and_die_with_it(app: Litestar, cast: Cast) -> None:
    """Off and on again does not bring them back (security 7.41)."""
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.nora)
    browser = await first_step(app, cast.nora)
    # The session proved a password only; with a passkey that is not enough, so the proof is made stronger.
    await db.execute('UPDATE "Sessions" SET "provenBy" = ARRAY[\'passkey\']')
    await browser.open(PAGE)
    assert "nothing to back up" in browser.document.text
    await browser.open("/account/security/two-step")
    await browser.submit("/account/security/two-step/on")
    old = SHOWN.findall(browser.page.text)
    assert len(old) == 10

    await browser.open("/account/security/two-step")
    await browser.submit("/account/security/two-step/off")
    assert await left(cast.nora) == 0
    await browser.open("/account/security/two-step")
    await browser.submit("/account/security/two-step/on")
    new = SHOWN.findall(browser.page.text)
    assert len(new) == 10
    assert not set(old) & set(new)
    half = await first_step(app, cast.nora)
    await half.open(f"{STEP}?way=backup")
    await half.submit(STEP, code=old[0])
    assert half.page.status_code == 422


async def test_without_two_step_sign_in_none_are_made(cast: Cast) -> None:
    with pytest.raises(Rejected, match="Switch two-step sign-in on first"):
        await actions.renew(await id_of(cast.nora), by=Actor.system("a test"))


async def test_making_codes_asks_for_a_fresh_proof(nora: Browser, clock: Clock) -> None:
    await nora.open(PAGE)
    await clock.advance(minutes=11)

    answer = await nora.http.post(PAGE, data=nora.document.form(PAGE)[1])

    assert answer.headers["location"].startswith("/sudo")
    assert await left(Cast.nora) == 0
    nora_id = await id_of(Cast.nora)
    with pytest.raises(NeedsSudo):
        await actions.renew(nora_id, by=Actor(kind="person", user_id=nora_id))


async def test_a_tenant_that_forbids_them_ends_their_use_and_is_named(app: Litestar, cast: Cast) -> None:
    await give_app(cast.mia)
    browser = await sign_in_with_app(app, cast.mia)
    made = await make(browser)
    await allow("acme", key="twoFactor,allowBackupCodes", value="false")

    half = await first_step(app, cast.mia)
    assert "Use a backup code" not in half.document.text
    await half.submit(STEP, code=made[0])
    assert half.page.status_code == 422
    assert "Acme does not allow" in half.document.text
    assert await left(cast.mia) == 10
    await browser.open(PAGE)
    assert "Acme does not allow" in browser.document.text
    await browser.post(PAGE)
    assert browser.page.status_code == 422
    with pytest.raises(Rejected):
        await actions.check_code(await id_of(cast.mia), made[0], by=Actor.system("a test"))

    await allow("acme", key="twoFactor,allowBackupCodes", value="true")
    await half.open(f"{STEP}?way=backup")
    await half.submit(STEP, code=made[0])
    assert half.name == "account.home"


async def test_the_file_holds_the_codes_just_shown_and_repeats_nothing_else(nora: Browser) -> None:
    made = await make(nora)
    await nora.submit(f"{PAGE}/file", code=[*made, "<script>", "AAAA-BBBB-CCCC-DDDD"])
    assert nora.page.headers["content-disposition"] == 'attachment; filename="backup-codes.txt"'
    assert nora.page.headers["content-type"].startswith("text/plain")
    assert nora.page.headers["cache-control"] == "no-store"
    lines = nora.page.text.splitlines()
    assert [line for line in lines if "-" in line and "@" not in line] == made

    await make(nora)
    await nora.submit(f"{PAGE}/file", code=made)
    assert nora.path == PAGE
    assert "no longer work" in nora.document.text


async def test_a_code_belongs_to_one_person(app: Litestar, nora: Browser) -> None:
    made = await make(nora)
    await give_app(Cast.mia)
    mia = await sign_in_with_app(app, Cast.mia)
    await make(mia)
    browser = await first_step(app, Cast.mia)
    await browser.open(f"{STEP}?way=backup")

    await browser.submit(STEP, code=made[0])

    assert browser.page.status_code == 422
    assert await left(Cast.nora) == 10


async def test_codes_made_under_an_older_key_still_work(app: Litestar, nora: Browser) -> None:
    made = await make(nora)
    configured(secret_keys=("another-another-another-another", *SETTINGS.secret_keys))
    assert config.settings().secret_keys[0] != SETTINGS.secret_keys[0]
    browser = await first_step(app, Cast.nora)
    await browser.open(f"{STEP}?way=backup")

    await browser.submit(STEP, code=made[0])

    assert browser.name == "account.home"
    assert await left(Cast.nora) == 9


async def test_a_code_proves_somebody_who_is_signed_in_once(nora: Browser) -> None:
    """What /sudo calls."""
    made = await make(nora)
    nora_id = await id_of(Cast.nora)
    by = Actor(kind="person", user_id=nora_id)
    await actions.check_code(nora_id, made[0], by=by)
    with pytest.raises(Rejected) as refused:
        await actions.check_code(nora_id, made[0], by=by)
    assert refused.value.field == "code"
    assert await user(Cast.nora, "twoFactorVerificationAttempts") == 1
    assert await left(Cast.nora) == 9
