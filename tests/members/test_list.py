"""The list of members: searched, filtered, sorted and paged, in four statements."""

import re
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.teams import make_role, role_id, signed_in, suspend
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

LIST = "/t/acme/members"
_JOIN = """
WITH person AS (INSERT INTO "Users" ("name", "email", "emailVerified") VALUES ($1, $2, true) RETURNING "id")
INSERT INTO "TenantUsers" ("userId", "tenantId", "roles")
SELECT person."id", t."id", ARRAY[$3::text] FROM person, "Tenants" t WHERE t."slug" = $4 RETURNING "userId"
"""


async def join(name: str, email: str, *, slug: str = "acme", role: str = "Member") -> UUID:
    """Makes a person and their membership, by hand."""
    return UUID(str(await db.value(_JOIN, name, email, str(await role_id(role, slug)), slug)))


def names(browser: Browser) -> list[str]:
    """Those in the list, in its order."""
    return re.findall(r'<a href="/t/acme/members/[0-9a-f-]{36}">([^<]+)</a>', browser.page.text)


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await signed_in(app, cast.olga)


async def test_everyone_stands_there_with_roles_and_nobody_else(olga: Browser) -> None:
    await olga.open(LIST)

    assert olga.name == "members.index"
    assert names(olga) == ["Adam Ahmadi", "Mia Müller", "Olga Olsen"]
    assert "3 people" in olga.document.text
    assert "Eve Evans" not in olga.document.text
    assert "mia@acme.test" in olga.document.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mul", ["Mia Müller"]),
        ("MÜL mi", ["Mia Müller"]),
        ("mi\u0301a", ["Mia Müller"]),
        ("uller", []),
        ("ahm olga", []),
        ("adam@acme.test", ["Adam Ahmadi"]),
        ("%", ["Adam Ahmadi", "Mia Müller", "Olga Olsen"]),
        ("_ia", []),
        ("m%", ["Mia Müller"]),
        ("яна", ["Яна Øst"]),
        ("ЯН øS", ["Яна Øst"]),
        ("\0", ["Adam Ahmadi", "Mia Müller", "Olga Olsen"]),
        ("' OR 1=1 --", []),
        ("x" * 500, []),
    ],
)
async def test_every_word_must_begin_a_word_of_the_person(olga: Browser, query: str, found: list[str]) -> None:
    if found == ["Яна Øst"]:
        await join("Яна Øst", "yana@acme.test")

    await olga.http.get(LIST)
    olga.page = await olga.http.get(LIST, params={"q": query})

    assert olga.page.status_code == 200
    assert names(olga) == found
    assert found or "Nobody matches" in olga.document.text


async def test_filters_by_role_and_status_and_knows_no_others(olga: Browser, cast: Cast) -> None:
    await suspend(cast.mia)
    admin, foreign = await role_id("Admin"), await role_id("Owner", "beta")
    for query, found in {
        f"role={admin}": ["Adam Ahmadi"],
        "status=suspended": ["Mia Müller"],
        "status=active": ["Adam Ahmadi", "Olga Olsen"],
        "status=closed": [],
        f"role={admin}&status=suspended": [],
        f"role={admin}&q=ad&status=active": ["Adam Ahmadi"],
        f"role={foreign}": ["Adam Ahmadi", "Mia Müller", "Olga Olsen"],
        "role=x&status=x&sort=x&after=x": ["Adam Ahmadi", "Mia Müller", "Olga Olsen"],
    }.items():
        assert (await olga.open(f"{LIST}?{query}")).status_code == 200
        assert names(olga) == found, query


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("name", ["Adam Ahmadi", "Mia Müller", "Olga Olsen"]),
        ("active", ["Olga Olsen", "Mia Müller", "Adam Ahmadi"]),
        ("joined", ["Mia Müller", "Adam Ahmadi", "Olga Olsen"]),
    ],
)
async def test_sorts(olga: Browser, sort: str, found: list[str]) -> None:
    joined = {"Adam": 2, "Mia": 1, "Olga": 3}
    for name, ago in joined.items():
        await db.execute(
            """UPDATE "MemberIndex" i SET "joinedAt" = app_now() - make_interval(days => $2),
                "lastActive" = CASE $1 WHEN 'Mia' THEN app_now() - interval '1 day' WHEN 'Olga' THEN app_now() END
            FROM "Users" u WHERE u."id" = i."userId" AND u."name" LIKE $1 || ' %'""",
            name,
            ago,
        )

    await olga.open(f"{LIST}?sort={sort}")

    assert names(olga) == found


@pytest.mark.parametrize("query", ["", "sort=joined", "sort=active", "q=twin", "role={member}", "status=active"])
async def test_pages_lose_and_repeat_nobody_under_equal_names(olga: Browser, query: str) -> None:
    query = query.replace("{member}", str(await role_id("Member")))
    for number in range(120):
        await join("Twin Same", f"twin{number}@acme.test")
    seen: list[str] = []
    path, pages = f"{LIST}?{query}", 0
    while path:
        await olga.open(path)
        seen += re.findall(r'name="members" value="([0-9a-f-]{36})"', olga.page.text)
        onward = re.search(r'href="([^"]+after=[^"]+)"', olga.page.text)
        path = onward.group(1).replace("&amp;", "&") if onward else ""
        pages += 1

    assert len(seen) == len(set(seen)) >= 120
    assert pages == 3


async def test_the_statement_finds_the_same_by_every_way(olga: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few or many: with a limit of one, every set is too large and the list is walked."""
    from app.members.people import tables  # noqa: PLC0415

    for number in range(5):
        await join("Twin Same", f"twin{number}@acme.test")
    monkeypatch.setattr(tables, "FEW", 1)
    tables._reading.cache_clear()  # noqa: SLF001
    try:
        for query, count in {
            "q=tw": 5,
            "q=tw sa": 5,
            "q=mi": 1,
            f"role={await role_id('Member')}": 6,
            "q=tw zz": 0,
        }.items():
            await olga.open(f"{LIST}?{query}")
            assert len(names(olga)) == count, query
            assert count == 0 or (f"{count} p" in olga.document.text), query
    finally:
        tables._reading.cache_clear()  # noqa: SLF001


async def test_the_page_takes_four_statements(olga: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await olga.open(LIST)
    with counted(monkeypatch) as work:
        await olga.open(f"{LIST}?q=m&status=active&role={await role_id('Member')}")

    asked = [step for step in work.steps if 'SELECT r."id" FROM "Roles" r JOIN "Tenants"' not in step]
    assert len(asked) <= 4, asked


async def test_htmx_gets_the_list_or_the_rest_of_it_alone(olga: Browser) -> None:
    partial = {"hx-request": "true", "hx-request-type": "partial"}
    await olga.open(f"{LIST}?q=mia", **partial, **{"hx-target": "div#member-list"})
    assert olga.page.text.lstrip().startswith('<div id="member-list">')
    assert names(olga) == ["Mia Müller"]

    await olga.open(LIST, **partial, **{"hx-target": "tbody#more-members"})
    assert olga.page.text.lstrip().startswith("<tbody>")
    assert len(names(olga)) == 3


async def test_whoever_may_not_see_members_is_refused(app: Litestar, cast: Cast) -> None:
    from tests.teams import give_roles  # noqa: PLC0415

    await make_role("Reader", "tenant:read")
    await give_roles(cast.mia, "Reader")
    mia = await signed_in(app, cast.mia)
    assert (await mia.open(LIST)).status_code == 403
    nora = await signed_in(app, cast.nora)
    assert (await nora.open(LIST)).status_code == 404


async def test_a_team_of_one_is_told_how_to_grow(app: Litestar, cast: Cast) -> None:
    eve = await signed_in(app, cast.eve)
    await eve.open("/t/beta/members")

    assert "Only you so far" in eve.document.text
    assert eve.name == "members.index"
