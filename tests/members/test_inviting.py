"""Inviting one person: who may, whom, with which roles, and what is done with an invitation afterwards."""

import re
from pathlib import Path

import pytest
from litestar import Litestar

from app import db
from app.users import addresses
from tests.cast import Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.members.inviting import (
    BOB,
    LIST,
    NEW,
    adam,
    fresh_limits,
    id_of,
    invitation_of,
    invite,
    link_of,
    olga,
    role,
    sign_in,
    state_of,
)  # fmt: skip
from tests.users.work import counted
from tests.visitor import Browser

__all__ = ["adam", "olga"]

pytestmark = pytest.mark.anyio


async def act(browser: Browser, what: str, email: str = BOB, **values: str) -> None:
    """Presses a button of the list."""
    await browser.open(LIST + "?show=all")
    await browser.post(f"{LIST}/{await invitation_of(email)}/{what}", **values)


async def test_before_anybody_is_invited_the_list_teaches(olga: Browser) -> None:
    await olga.open(LIST)

    assert "Nobody was invited yet" in olga.document.text
    assert f'href="{NEW}"' in olga.page.text


async def test_a_member_neither_sees_invitations_nor_invites(app: Litestar, cast: Cast, olga: Browser) -> None:
    mia = await sign_in(Browser(app), cast.mia)
    for path in (LIST, NEW, f"{LIST}/many"):
        assert (await mia.open(path)).status_code == 403
    await mia.open("/recover")
    await mia.post(NEW, email=BOB, roles=await role("Member"), days="7")
    assert mia.page.status_code == 403
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0

    await invite(olga)

    assert await state_of() == "pending"


async def test_the_mail_says_who_invites_whom_to_what_until_when(olga: Browser, mailbox: Mailbox, cast: Cast) -> None:
    await invite(olga, note="We start on Monday.\nBring tea.", label="Design agency", days="3")

    mail = await mailbox.newest(BOB)
    plain = mail.text.replace("\u2060", "")
    assert mail.subject == "Invitation to a team at Portico", "what strangers may choose stands in no subject"
    for said in ("Olga Olsen", cast.olga, BOB, "Member", "We start on Monday. Bring tea.", "is made on the way"):
        assert said in plain, said
        assert said in mail.html.replace("\u2060", ""), said
    assert re.search(r"Open until: \d+ \w+ \d{4}", plain)
    assert "Design agency" not in plain + mail.html
    await olga.open(LIST)
    for shown in (BOB, "Member", "Olga Olsen", "Design agency", "Delivered", "open until"):
        assert shown in olga.document.text, shown


async def test_the_mail_says_that_an_account_that_is_there_joins(olga: Browser, mailbox: Mailbox, cast: Cast) -> None:
    await invite(olga, cast.nora)

    assert f"You join with your account of {cast.nora}" in (await mailbox.newest(cast.nora)).text


async def test_an_address_is_written_down_in_one_form(olga: Browser, mailbox: Mailbox) -> None:
    await invite(olga, "  Bob@Builder.TEST ")

    assert await db.value('SELECT "email" FROM "Invitations"') == BOB
    assert await mailbox.count(BOB) == 1
    await invite(olga, "BOB@builder.test")
    assert olga.page.status_code == 422
    assert "invited already" in olga.document.text


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "Enter an email address."),
        ("bob", "Enter an address such as"),
        ("bob@builder.test, eve@beta.test", "Enter an address such as"),
        ('"e@evil.test"@builder.test', "Enter an address such as"),
        ("mia@acme.test", "is in the team already"),
        ("MIA@Acme.test", "is in the team already"),
        ("bob@blocked.test", "mail provider cannot be used"),
    ],
)
async def test_an_address_that_cannot_be_invited_is_refused_at_its_field(
    olga: Browser, mailbox: Mailbox, tmp_path: Path, email: str, said: str
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("blocked.test\n")
    addresses._blocked.cache_clear()  # noqa: SLF001 - the file is read once
    configured(blocked_domains=blocked)

    await invite(olga, email, note="kept")

    assert olga.page.status_code == 422
    assert olga.document.invalid == ["email"]
    assert said in olga.document.text
    assert ">kept</textarea>" in olga.page.text
    assert await role("Member") in olga.page.text
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0
    assert await mailbox.count(email or BOB) == 0


@pytest.mark.parametrize(("days", "fits"), [("0", False), ("31", False), ("x", False), ("1", True), ("30", True)])
async def test_an_invitation_is_open_for_one_to_thirty_days(olga: Browser, days: str, fits: bool) -> None:
    await invite(olga, days=days)

    assert olga.page.status_code == (200 if fits else 422)
    assert olga.document.invalid == ([] if fits else ["days"])
    open_for = 'SELECT round(extract(epoch FROM "expiresAt" - app_now()) / 86400) FROM "Invitations"'
    assert await db.value(open_for) == (int(days) if fits else None)


async def test_a_role_must_be_chosen(olga: Browser) -> None:
    await olga.open(NEW)
    await olga.submit(NEW, email=BOB, roles=None)

    assert olga.page.status_code == 422
    assert "Choose at least one role" in olga.document.text


async def test_the_default_role_is_ticked_and_what_one_may_not_give_is_shown_with_the_reason(adam: Browser) -> None:
    await adam.open(NEW)

    owner, member = await role("Owner"), await role("Member")
    assert re.search(rf'value="{member}" checked', adam.page.text)
    assert re.search(rf'value="{owner}" disabled', adam.page.text)
    assert "To give it you need: being an owner." in adam.document.text


async def test_nobody_invites_to_more_than_they_hold(adam: Browser, olga: Browser, mailbox: Mailbox) -> None:
    """Lessons 16 and 17, security 7.56: also not by a role that somebody else made ready."""
    await invite(adam, roles=await role("Owner"))
    assert adam.page.status_code == 403
    await db.execute(
        """WITH made AS (INSERT INTO "Roles" ("tenantId", "name") SELECT "id", 'Strong' FROM "Tenants"
            WHERE "slug" = 'acme' RETURNING "id")
        INSERT INTO "RolePermissions" ("roleId", "permissionId") SELECT made."id", p."id" FROM made, "Permissions" p"""
    )
    await invite(adam, roles=[await role("Member"), await role("Strong")])
    assert adam.page.status_code == 403
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0
    assert await mailbox.count(BOB) == 0

    await invite(olga, roles=[await role("Owner"), await role("Strong")])

    assert await state_of() == "pending"


async def test_a_role_of_another_team_does_not_exist(olga: Browser) -> None:
    for wrong in (await role("Member", "beta"), "0" * 8, "x"):
        await invite(olga, roles=[await role("Member"), wrong])
        assert olga.page.status_code == 404
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0


@pytest.mark.parametrize("smuggled", ["tenantId", "status", "token", "invited_by_id", "expiresAt"])
async def test_what_is_not_asked_for_is_refused(olga: Browser, smuggled: str) -> None:
    await invite(olga, **{smuggled: "x"})

    assert olga.page.status_code == 422
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0


async def test_inviting_takes_eight_statements(olga: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await olga.open(NEW)
    member = await role("Member")
    _form, fields = olga.document.form(NEW)
    values = fields | {"email": BOB, "roles": member}
    with counted(monkeypatch) as work:
        answer = await olga.http.post(NEW, data=values, headers={"origin": "http://localhost:8000"})

    assert answer.status_code == 303
    assert work.amount[0] <= 8, work.steps


async def test_the_list_tells_why_a_mail_was_refused(olga: Browser) -> None:
    await invite(olga)
    await db.execute(
        """UPDATE "Outbox" SET "status" = 'dead', "lastError" = '550 no such mailbox' WHERE "recipient" = $1""", BOB
    )

    await olga.open(LIST)

    assert "The mail server refused the mail: 550 no such mailbox" in olga.document.text


async def test_an_invitation_that_ran_out_is_not_open_whatever_its_status_says(olga: Browser, clock: Clock) -> None:
    """Lessons 4 and 10."""
    await invite(olga)
    await clock.advance(days=8)
    olga.http.cookies.clear()
    await sign_in(olga, Cast.olga)

    await olga.open(LIST)
    assert "No invitation is open" in olga.document.text
    await olga.open(f"{LIST}?show=all")
    assert "Ran out" in olga.document.text
    assert await state_of() == "pending"
    await invite(olga)

    assert olga.path == LIST
    found = await db.rows('SELECT "status"::text FROM "Invitations" ORDER BY "createdAt"')
    assert [row["status"] for row in found] == ["expired", "pending"]


async def test_sending_again_keeps_the_invitation_and_changes_the_link(olga: Browser, mailbox: Mailbox) -> None:
    await invite(olga)
    first, kept = await link_of(mailbox), await invitation_of()

    await act(olga, "resend")

    assert olga.path == LIST
    assert "Sent again" in olga.document.text
    assert await link_of(mailbox) != first
    assert await db.value('SELECT count(*) FROM "Invitations"') == 1
    assert await invitation_of() == kept
    assert await db.value('SELECT "sentTimes" FROM "InvitationDetails"') == 2


async def test_sending_again_waits_a_while_and_happens_three_times_a_day(
    olga: Browser, mailbox: Mailbox, clock: Clock
) -> None:
    await invite(olga)
    answers = []
    for minutes in (0, 0, 3, 3, 3):
        await clock.advance(minutes=minutes)
        await act(olga, "resend")
        answers.append(olga.page.status_code)

    assert answers == [200, 429, 200, 200, 429]
    assert await mailbox.count(BOB) == 4


async def test_sending_again_opens_what_ran_out(olga: Browser, mailbox: Mailbox, clock: Clock) -> None:
    await invite(olga)
    assert await mailbox.count(BOB) == 1
    await clock.advance(days=8)
    olga.http.cookies.clear()
    await sign_in(olga, Cast.olga)

    await act(olga, "resend")

    assert await db.value('SELECT "expiresAt" > app_now() FROM "Invitations"')
    assert await mailbox.count(BOB) == 2


async def test_whoever_sends_again_vouches_for_it(olga: Browser, adam: Browser, cast: Cast) -> None:
    await invite(olga)
    await act(adam, "resend")
    assert await db.value('SELECT "invitedById" FROM "Invitations"') == await id_of(cast.adam)
    await act(adam, "cancel")

    await fresh_limits()
    await invite(olga, roles=await role("Owner"))
    await act(adam, "resend")

    assert adam.page.status_code == 403
    assert await db.value('SELECT "invitedById" FROM "Invitations" WHERE "status" = \'pending\'') == await id_of(
        cast.olga
    )


async def test_cancelling_is_final(olga: Browser) -> None:
    await invite(olga)

    await act(olga, "cancel")

    assert await state_of() == "cancelled"
    row = await db.one('SELECT * FROM "Invitations"')
    assert row is not None
    assert row["cancelledBy"] == await id_of(Cast.olga)
    for what in ("cancel", "resend", "chat-link"):
        await fresh_limits()
        await act(olga, what)
        assert olga.page.status_code == 422, what
    assert await state_of() == "cancelled"
    await invite(olga)
    assert olga.path == LIST


async def test_a_mistyped_address_is_corrected(olga: Browser, mailbox: Mailbox) -> None:
    await invite(olga, "bbo@builder.test", note="Hello", label="Builder")
    wrong = await invitation_of("bbo@builder.test")
    await olga.open(f"{LIST}/{wrong}/correct")
    for refused in ("bbo@builder.test", "bob", "mia@acme.test"):
        await olga.submit(f"{LIST}/{wrong}/correct", email=refused)
        assert olga.document.invalid == ["email"]
    assert await state_of("bbo@builder.test") == "pending"

    await olga.submit(f"{LIST}/{wrong}/correct", email=BOB)

    assert olga.path == LIST
    assert await state_of("bbo@builder.test") == "cancelled"
    assert await state_of(BOB) == "pending"
    card = await db.one('SELECT * FROM "InvitationDetails" WHERE "invitationId" = $1', await invitation_of())
    assert card is not None
    assert (card["note"], card["label"]) == ("Hello", "Builder")
    assert await link_of(mailbox)


async def test_an_address_is_not_flooded(olga: Browser, mailbox: Mailbox) -> None:
    for _time in range(6):
        await invite(olga)
        if olga.page.status_code == 422:
            break
        await act(olga, "cancel")

    assert "got several invitations today" in olga.document.text
    assert await mailbox.count(BOB) == 5


async def test_what_is_done_is_written_down(olga: Browser) -> None:
    await invite(olga)
    await act(olga, "resend")
    await act(olga, "chat-link")
    await act(olga, "cancel")

    found = await db.rows("""SELECT "event", "details" FROM "SecurityAuditLogs" WHERE "event" LIKE 'invitation.%'
        ORDER BY "createdAt", "id" """)
    assert {row["event"] for row in found} == {
        "invitation.created", "invitation.resent", "invitation.link_made", "invitation.cancelled",
    }  # fmt: skip
    acme = await db.value('SELECT "id"::text FROM "Tenants" WHERE "slug" = \'acme\'')
    assert all(row["details"]["tenantId"] == acme and row["details"]["email"] == BOB for row in found)
