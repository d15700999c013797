"""An outsider learns nothing about an address: not by the answer, the cookies, nor the work that is done for it."""

import msgspec
import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.mailbox import Mailbox
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

WRONG = "wrong-harbour-lantern"


class Kind(msgspec.Struct, frozen=True):
    """An account as it may be met with; `change` is what makes it so, None means that there is no account."""

    name: str
    change: str | None = None
    exists: bool = True

    @property
    def email(self) -> str:
        return f"{self.name.replace(' ', '-')}@acme.test"


KINDS = (
    Kind("known"),
    Kind("unknown", exists=False),
    Kind("unverified", '"emailVerified" = false, "password" = NULL'),
    Kind("suspended", "\"status\" = 'suspended'"),
    Kind("inactive", "\"status\" = 'inactive'"),
    Kind("deleted", "\"status\" = 'deleted'"),
    Kind("locked", "\"accountLockedUntil\" = app_now() + interval '1 hour'"),
    Kind("without a password", '"password" = NULL'),
    Kind("with two steps", '"twoFactorEnabled" = true'),
)

# Every act of an anonymous visitor that names an address: its page, and what is sent beside the address.
ACTS = {
    "/login": {"password": WRONG},
    "/login/code": {},
    "/recover": {},
    "/signup": {"name": "Mallory"},
}
# The shape of an address that a person mistypes is refused alike, before anything is looked up.
SHAPELESS = ("no address", "a@b@acme.test", "", "x" * 250 + "@acme.test")


@pytest.fixture
async def kinds(cast: Cast) -> tuple[Kind, ...]:
    """An account of each kind, all with the same right password."""
    for kind in KINDS:
        if kind.exists:
            await db.execute(
                'INSERT INTO "Users" ("email", "name", "password", "emailVerified")'
                ' SELECT $1, "name", "password", true FROM "Users" WHERE "email" = $2',
                kind.email,
                cast.mia,
            )
        if kind.change:
            await db.execute(f'UPDATE "Users" SET {kind.change} WHERE "email" = $1', kind.email)  # noqa: S608 - constants above
    return KINDS


async def at(app: Litestar, path: str) -> Browser:
    """A new browser on the page; limits begin anew, since it is not their answers that are compared."""
    await db.execute('DELETE FROM "RateLimits"')
    browser = Browser(app)
    await browser.open(path)
    return browser


def telling(browser: Browser, email: str) -> str:
    """All that the answer may tell, its cookies by name and attributes included, and where it leads."""
    cookies = sorted(
        line.split("=", 1)[0] + "=…;" + line.split(";", 1)[1] for line in browser.page.headers.get_list("set-cookie")
    )
    jar = sorted(cookie.name for cookie in browser.http.cookies.jar)
    return f"{browser.path} {cookies} {jar} {browser.comparable(email)}"


@pytest.mark.parametrize("path", ACTS)
async def test_every_kind_of_account_gets_the_same_answer(
    app: Litestar, kinds: tuple[Kind, ...], mailbox: Mailbox, path: str
) -> None:
    answers: dict[str, list[str]] = {}
    for kind in kinds:
        browser = await at(app, path)
        await browser.submit(path, email=kind.email, **ACTS[path])
        answers.setdefault(telling(browser, kind.email), []).append(kind.name)

    assert len(answers) == 1, list(answers.values())


@pytest.mark.parametrize("path", ACTS)
async def test_every_kind_of_account_costs_the_same_work(
    app: Litestar, kinds: tuple[Kind, ...], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements, transactions and hashes, which is what a stopwatch would measure (security 9.19)."""
    costs: dict[tuple[int, int, int], list[str]] = {}
    for kind in kinds:
        browser = await at(app, path)
        form = browser.document.form(path)[1] | ACTS[path] | {"email": kind.email}
        with counted(monkeypatch) as work:
            await browser.http.post(path, data=form)
        costs.setdefault(work.amount, []).append(kind.name)

    assert len(costs) == 1, costs
    assert next(iter(costs))[2] == (1 if path == "/login" else 0)


async def test_the_right_password_of_an_account_that_may_not_come_in_is_no_different(
    app: Litestar, kinds: tuple[Kind, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds a stolen password learns not even that it fits."""
    seen = set()
    for kind in kinds[1:-1]:  # the last one may come in, by way of the second step
        browser = await at(app, "/login")
        form = browser.document.form("/login")[1]
        with counted(monkeypatch) as work:
            await browser.http.post("/login", data=form | {"email": kind.email, "password": PASSWORD})
        await browser.open("/login")
        await browser.submit("/login", email=kind.email, password=PASSWORD)
        assert browser.page.status_code == 422, kind.name
        seen.add((work.amount, telling(browser, kind.email)))
    assert len(seen) == 1

    browser = await at(app, "/login")
    await browser.submit("/login", email=kinds[0].email, password=PASSWORD)
    assert browser.name == "account.home"


@pytest.mark.parametrize("path", ["/login/code", "/recover", "/signup"])
async def test_a_wrong_code_is_refused_alike(
    app: Litestar, kinds: tuple[Kind, ...], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All five tries, and one more."""
    told: dict[object, list[str]] = {}
    for kind in kinds:
        browser = await at(app, path)
        await browser.submit(path, email=kind.email, **ACTS[path])
        action = str(browser.document.form()[0]["action"])
        story: list[object] = []
        for digit in "012345":
            with counted(monkeypatch) as work:
                await browser.submit(action, code=digit * 6)
            story += [work.amount, telling(browser, kind.email)]
        told.setdefault(tuple(story), []).append(kind.name)

    assert len(told) == 1, list(told.values())


@pytest.mark.parametrize("path", ["/login/code", "/recover", "/signup"])
async def test_asking_again_is_answered_alike(
    app: Litestar, kinds: tuple[Kind, ...], mailbox: Mailbox, path: str
) -> None:
    """At once in the same browser, then in another: the page, then the limit."""
    told: dict[object, list[str]] = {}
    for kind in kinds:
        browser = await at(app, path)
        story = []
        for _time in range(2):
            await browser.open(path)
            await browser.submit(path, email=kind.email, **ACTS[path])
            story.append(telling(browser, kind.email))
        other = Browser(app)
        await other.open(path)
        await other.submit(path, email=kind.email, **ACTS[path])
        story += [str(other.page.status_code), telling(other, kind.email)]
        told.setdefault(tuple(story), []).append(kind.name)

    assert len(told) == 1, list(told.values())


@pytest.mark.parametrize("path", ["/login/code", "/recover"])
async def test_only_who_may_come_in_gets_a_mail(
    app: Litestar, kinds: tuple[Kind, ...], mailbox: Mailbox, path: str
) -> None:
    """The others leave a row like it that is never sent and holds no secret."""
    for kind in kinds:
        browser = await at(app, path)
        await browser.submit(path, email=kind.email)

    assert {mail.to for mail in await mailbox.all()} == {
        "known@acme.test",
        "locked@acme.test",
        "without-a-password@acme.test",
        "with-two-steps@acme.test",
    }
    rows = await db.rows('SELECT "status", "secret" FROM "Outbox" WHERE "recipient" = $1', "unknown@acme.test")
    assert [(row["status"], row["secret"]) for row in rows] == [("expired", None)]


@pytest.mark.parametrize("path", ["/login/code", "/recover", "/signup"])
@pytest.mark.parametrize("email", SHAPELESS)
async def test_what_is_no_address_is_refused_before_anything_is_looked_up(
    app: Litestar, kinds: tuple[Kind, ...], path: str, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await at(app, path)

    with counted(monkeypatch) as work:
        await browser.submit(path, email=email, **ACTS[path])

    assert browser.page.status_code == 422
    assert browser.document.invalid == ["email"]
    assert work.steps == []
