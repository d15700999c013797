"""Several members at once: the summary says what happens, and that is what happens."""

import re

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.mailbox import Mailbox
from tests.members.test_list import join
from tests.members.test_one import id_of
from tests.teams import give_roles, make_role, role_id, roles_of, signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

BULK = "/t/acme/members/bulk"


async def ask(browser: Browser, act: str, *emails: str, role: str = "") -> int:
    await browser.open("/t/acme/members")
    members = [str(await id_of(email)) for email in emails]
    chosen = str(await role_id(role)) if role else ""
    return (await browser.post(BULK, members=members, act=act, role=chosen)).status_code


async def apply(browser: Browser) -> None:
    """Sends the summary's own form, with all its members."""
    fields: dict[str, str | list[str]] = {}
    for form, values in browser.document.forms:
        if form.get("action") == f"{BULK}/apply":
            fields = dict(values)
    import re  # noqa: PLC0415

    fields["members"] = re.findall(r'name="members" value="([^"]+)"', browser.page.text)
    fields.pop("csrf_token")
    await browser.post(f"{BULK}/apply", **fields)


async def test_a_role_is_added_after_a_summary_that_changed_nothing(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    adam = await signed_in(app, cast.adam)
    await make_role("Helper", "tenant:read")
    await join("Hal", "hal@acme.test")

    assert await ask(adam, "add", cast.mia, cast.olga, "hal@acme.test", cast.adam, cast.eve, role="Helper") == 200
    assert adam.name == "members.bulk"
    text = adam.document.text
    assert "2 members change" in text
    assert "2 members stay as they are" in text
    assert "Olga Olsen It takes being an owner, as Olga Olsen is." in text
    assert "Eve" not in text.replace("Every", "")
    assert await roles_of(cast.mia) == ["Member"]
    assert await mailbox.count(cast.mia) == 0
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" LIKE \'member.%\'') == 0

    await apply(adam)
    assert adam.name == "members.bulk_done"
    assert "2 members changed" in adam.document.text
    assert await roles_of(cast.mia) == ["Helper", "Member"]
    assert await roles_of("hal@acme.test") == ["Helper", "Member"]
    assert await roles_of(cast.olga) == ["Owner"]
    assert await roles_of(cast.eve) is None
    assert await mailbox.count(cast.mia) == 1


@pytest.mark.parametrize(
    ("act", "role", "left"),
    [("set", "Admin", ["Admin"]), ("take", "Helper", ["Member"]), ("suspend", "", []), ("remove", "", None)],
)
async def test_every_act_does_what_it_says(
    app: Litestar, cast: Cast, act: str, role: str, left: list[str] | None
) -> None:
    olga = await signed_in(app, cast.olga)
    await make_role("Helper", "tenant:read")
    await give_roles(cast.mia, "Member", "Helper")

    assert await ask(olga, act, cast.mia, role=role) == 200
    assert await roles_of(cast.mia) == ["Helper", "Member"]
    await apply(olga)

    assert await roles_of(cast.mia) == left


async def test_the_only_role_is_not_taken_and_no_owner_below_one(app: Litestar, cast: Cast) -> None:
    olga, adam = await signed_in(app, cast.olga), await signed_in(app, cast.adam)
    assert await ask(olga, "take", cast.mia, role="Member") == 200
    assert "Choose at least one role" in olga.document.text

    assert await ask(adam, "add", cast.mia, role="Owner") == 200
    assert "It takes being an owner." in adam.document.text
    await adam.post(f"{BULK}/apply", members=[str(await id_of(cast.mia))], act="add", role=str(await role_id("Owner")))
    assert await roles_of(cast.mia) == ["Member"]


async def test_what_has_no_shape_or_is_another_teams_is_refused(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    mia, foreign = str(await id_of(cast.mia)), str(await role_id("Admin", "beta"))
    await olga.open("/t/acme/members")
    for path in (BULK, f"{BULK}/apply"):
        assert (await olga.post(path)).status_code == 422
        assert (await olga.post(path, members=[mia], act="explode")).status_code == 422
        assert (await olga.post(path, members=[mia], act="add", role="x")).status_code == 422
        assert (
            await olga.post(path, members=[mia] * 1 + [str(n) for n in range(200)], act="remove")
        ).status_code == 422
        assert (await olga.post(path, members=[mia], act="add", role=foreign)).status_code == 404
        await olga.open("/t/acme/members")
    assert await roles_of(cast.mia) == ["Member"]


async def test_whom_one_chose_is_kept_while_the_role_is_missing(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    chosen = [str(await id_of(cast.mia)), str(await id_of(cast.adam))]
    await olga.open("/t/acme/members")

    await olga.post(BULK, members=chosen, act="set")

    assert "2 members are chosen" in olga.document.text
    assert '<option value="set" selected>' in olga.page.text
    assert re.findall(r'name="members" value="([^"]+)"', olga.page.text) == chosen
    await olga.submit(BULK, members=chosen, act="set", role=str(await role_id("Admin")))
    assert "Give “Admin” in place of all other roles" in olga.document.text


async def test_whoever_may_change_roles_alone_removes_nobody(app: Litestar, cast: Cast) -> None:
    await make_role("Giver", "tenant:read", "members:read", "members:update", "roles:read")
    await give_roles(cast.adam, "Giver")
    adam = await signed_in(app, cast.adam)

    for act in ("remove", "suspend"):
        assert await ask(adam, act, cast.mia) == 403
    assert await roles_of(cast.mia) == ["Member"]
    assert await ask(adam, "set", cast.mia, role="Giver") == 200


async def test_owners_are_not_removed_down_to_none(app: Litestar, cast: Cast) -> None:
    await give_roles(cast.mia, "Owner")
    await give_roles(cast.adam, "Owner")
    olga = await signed_in(app, cast.olga)

    await ask(olga, "remove", cast.mia, cast.adam, cast.olga)
    await apply(olga)

    assert await roles_of(cast.olga) == ["Owner"]
    assert await roles_of(cast.mia) is None
