"""Many invited at once: what people paste and upload, the work, and what each line came to (row 5.2)."""

import contextlib
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from app import db
from app.errors import Rejected
from app.members.invitations.batches import actions, tables
from app.members.invitations.batches.reading import entries, text_of
from app.members.invitations.batches.tables import CHUNK
from app.users import addresses
from tests.cast import Cast
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.members.inviting import LIST, adam, id_of, invite, olga, role, sign_in
from tests.visitor import Browser

__all__ = ["adam", "olga"]

pytestmark = pytest.mark.anyio

MANY = f"{LIST}/many"


async def send(
    browser: Browser, typed: str = "", *, file: bytes | None = None, **values: str | list[str]
) -> httpx.Response:
    """Sends the form as browsers do: in parts, with a file or an empty part for it."""
    await browser.open(MANY)
    _form, fields = browser.document.form(MANY)
    sent = {"csrf_token": fields["csrf_token"], "roles": await role("Member"), "days": "7", "note": ""} | values
    parts = {"file": ("people.csv", file or b"", "text/csv")} if file is not None else {"file": ("", b"")}
    answer = await browser.http.post(
        MANY, data=sent | {"typed": typed}, files=parts, headers={"origin": "http://localhost:8000"}
    )
    return await browser._follow(answer)  # noqa: SLF001 - as its own acts do


async def work(browser: Browser) -> UUID:
    """Does the batch whose page is shown, as the worker would."""
    batch_id = UUID(browser.path.rpartition("/")[2])
    await actions.work(batch_id)
    return batch_id


async def states(batch_id: UUID) -> list[tuple[str, str]]:
    rows = await db.rows('SELECT * FROM "InvitationBatchLines" WHERE "batchId" = $1 ORDER BY "line"', batch_id)
    return [(row["typed"], row["state"]) for row in rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.test\nb@x.test\r\nc@x.test", ["a@x.test", "b@x.test", "c@x.test"]),
        ("a@x.test, b@x.test; c@x.test\td@x.test", ["a@x.test", "b@x.test", "c@x.test", "d@x.test"]),
        ('Mia Berger <a@x.test>; "Berger, Mia" <b@x.test>', ["a@x.test", "b@x.test"]),
        ("email,name\na@x.test,Mia\nb@x.test,Bob", ["a@x.test", "b@x.test"]),
        ("Name;E-Mail\nMia;'a@x.test'", ["a@x.test"]),
        ("not an address\na@x.test", ["not an address", "a@x.test"]),
        ("=1+1,a@x.test\n=cmd|' /C calc'!A0@x", ["a@x.test", "=cmd|' /C calc'!A0@x"]),
        ("\0a@x.test\0", ["a@x.test"]),
        ("“a@x.test”", ["a@x.test"]),
    ],
)
def test_what_people_paste_is_read(text: str, found: list[str]) -> None:
    assert entries(text) == found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_files_are_read_in_whatever_encoding_they_come(encoding: str) -> None:
    written = "Jürgen Müller <a@x.test>\nb@x.test\n".encode(encoding)

    assert entries(text_of(written)) == ["a@x.test", "b@x.test"]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff\xfe\x00", "UTF-16 that ends early"),
        (b"\xfe\xff\xd8\x00", "half a pair"),
        (b"\x80\x81\xfe\xff" * 1000, "bytes of no text"),
        (b"\0" * 900_000, "nothing but NUL"),
        (b"<" * 900_000, "brackets"),
        (b"a" * 999_000, "one line"),
        (b'"' * 900_000, "quotes"),
    ],
)
def test_files_that_are_no_lists_do_no_harm(data: bytes, what: str) -> None:
    began = time.process_time()
    with contextlib.suppress(Rejected):
        assert len(entries(text_of(data))) <= 5000
    assert time.process_time() - began < 5, what


async def test_each_line_comes_to_something(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("blocked.test\n")
    addresses._blocked.cache_clear()  # noqa: SLF001 - the file is read once
    configured(blocked_domains=blocked)
    await invite(olga, "again@x.test")

    await send(olga, "email\nann@x.test\nAnn@X.test\nMia <mia@acme.test>\nagain@x.test\nx@blocked.test\nnonsense",
               file=b"name,email\nBob,bob@x.test\n", note="Welcome", days="3")  # fmt: skip
    assert olga.name == "invitations.progress"
    assert 'hx-trigger="every 1s"' in olga.page.text
    assert "0 of 7 done" in olga.document.text
    batch_id = await work(olga)

    assert await states(batch_id) == [
        ("ann@x.test", "invited"), ("Ann@X.test", "repeated"), ("mia@acme.test", "member"),
        ("again@x.test", "invited_already"), ("x@blocked.test", "blocked"), ("nonsense", "malformed"),
        ("bob@x.test", "invited"),
    ]  # fmt: skip
    await olga.open(olga.path)
    assert "7 of 7 done" in olga.document.text
    assert "hx-trigger" not in olga.page.text
    await olga.open(f"{olga.path}?show=failed")
    assert "nonsense" in olga.document.text
    assert "ann@x.test" not in olga.document.text
    assert "Welcome" in (await mailbox.newest("bob@x.test")).text
    assert await mailbox.count("ann@x.test") == 1


@pytest.mark.parametrize(
    ("typed", "file", "field", "said"),
    [
        ("", None, "typed", "Paste at least one address"),
        ("\n".join(f"p{number}@x.test" for number in range(5001)), None, "typed", "more than 5,000"),
        ("a@x.test\n" + "x" * 1_000_001, None, "typed", "at most 1 MB"),
        ("a@x.test", b"b@x.test\n" * 120_000, "file", "longer than 1 MB"),
    ],
    ids=["nothing", "too many", "too long", "too large a file"],
)
async def test_too_much_is_refused_at_its_field_and_the_text_is_kept(
    olga: Browser, typed: str, file: bytes | None, field: str, said: str
) -> None:
    await send(olga, typed, file=file)

    assert olga.page.status_code == 422
    assert olga.document.invalid == [field]
    assert said in olga.document.text
    assert typed[:1000] in olga.page.text
    assert await role("Member") in olga.page.text
    assert await db.value('SELECT count(*) FROM "InvitationBatches"') == 0


async def test_far_too_much_is_refused_before_it_is_read(olga: Browser) -> None:
    assert (await send(olga, "x" * 9_000_000)).status_code == 413


async def test_a_long_line_and_nul_survive(olga: Browser) -> None:
    await send(olga, "a@x.test\0\n" + "y" * 900_000)

    found = await states(await work(olga))

    assert found[0] == ("a@x.test", "invited")
    assert found[1][1] == "malformed"


async def test_formulas_stand_as_text(olga: Browser) -> None:
    await send(olga, file=b'name,email\n=HYPERLINK("http://evil"),=1+1@x.test\n<script>alert(1)</script>\n')

    batch_id = await work(olga)
    await olga.open(f"{MANY}/{batch_id}")

    assert "<script>alert" not in olga.page.text
    assert "alert(1)" in olga.document.text


async def test_roles_are_judged_for_many_as_for_one(adam: Browser, olga: Browser) -> None:
    for wrong, status in ((await role("Owner"), 403), (await role("Member", "beta"), 404), ("x", 404)):
        assert (await send(adam, "a@x.test", roles=wrong)).status_code == status
    assert await db.value('SELECT count(*) FROM "InvitationBatches"') == 0

    await send(olga, "a@x.test", roles=await role("Owner"))

    assert await states(await work(olga)) == [("a@x.test", "invited")]


async def test_a_batch_stops_with_the_rights_of_its_author(
    app: Litestar, adam: Browser, olga: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await send(adam, "a@x.test\nb@x.test")
    await db.execute(
        'UPDATE "TenantUsers" SET "roles" = ARRAY[$2::varchar] WHERE "userId" = $1',
        await id_of(cast.adam),
        await role("Member"),
    )

    batch_id = await work(adam)

    assert {state for _typed, state in await states(batch_id)} == {"waiting"}
    assert await mailbox.count("a@x.test") == 0
    await olga.open(f"{MANY}/{batch_id}")
    assert "It was stopped" in olga.document.text


async def test_a_batch_goes_on_where_it_broke_off(
    olga: Browser, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets two mails, and nobody is left out."""
    count = CHUNK + 30
    await send(olga, "\n".join([f"p{number}@x.test" for number in range(count)] + ["p3@x.test"]))
    batch_id = UUID(olga.path.rpartition("/")[2])
    settle, calls = tables.settle, []

    async def broken(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise RuntimeError("the machine went down")
        await settle(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(tables, "settle", broken)
        with pytest.raises(RuntimeError):
            await actions.work(batch_id)
    assert await db.value('SELECT "done" FROM "InvitationBatches"') == CHUNK
    assert await db.value('SELECT count(*) FROM "Invitations"') == CHUNK

    for _time in range(2):
        await actions.work(batch_id)

    found = [state for _typed, state in await states(batch_id)]
    assert found == ["invited"] * count + ["repeated"]
    assert await db.value('SELECT count(*) FROM "Outbox" WHERE "kind" = \'invitations/invite\'') == count
    assert await db.value('SELECT "done" = "total" AND "finishedAt" IS NOT NULL FROM "InvitationBatches"')


async def test_a_thousand_are_invited_in_thirty_seconds(olga: Browser) -> None:
    await send(olga, "\n".join(f"p{number}@x.test" for number in range(1000)))

    began = time.monotonic()
    batch_id = await work(olga)
    took = time.monotonic() - began

    assert took < 30
    assert (
        await db.value(
            'SELECT count(*) FROM "InvitationBatchLines" WHERE "batchId" = $1 AND "state" = \'invited\'', batch_id
        )
        == 1000
    )


async def test_a_batch_of_another_team_does_not_exist(app: Litestar, olga: Browser, cast: Cast) -> None:
    await send(olga, "a@x.test")
    batch_id = olga.path.rpartition("/")[2]
    eve = await sign_in(Browser(app), cast.eve)

    assert (await eve.open(f"/t/beta/invitations/many/{batch_id}")).status_code == 404
    assert (await eve.open(f"/t/acme/invitations/many/{batch_id}")).status_code == 404
    assert (await olga.open(f"{MANY}/{batch_id}")).status_code == 200
