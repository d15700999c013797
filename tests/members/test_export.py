"""The list of members as a file: every cell stays text, and nobody else's people are in it."""

import csv
import io

import pytest
from litestar import Litestar

from app import db
from app.members.people import export
from app.web import spreadsheet
from tests.cast import Cast
from tests.members.test_list import join
from tests.teams import give_roles, make_role, signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

EXPORT = "/t/acme/members/export"


async def rows(browser: Browser) -> list[list[str]]:
    await browser.open("/t/acme/members")
    await browser.submit(EXPORT)
    assert browser.page.status_code == 200
    return list(csv.reader(io.StringIO(browser.page.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        " =1",
        "\t=1",
        "\r=1",
        "\n=1",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\u00a0=1",
        "\u200b=1",
        "\0=1",
        "\tx",
        "\rx",
    ],
)
def test_what_a_program_would_reckon_out_is_text(text: str) -> None:
    read = next(csv.reader(io.StringIO(spreadsheet.line([text, "next"]), newline="")))
    assert read == [f"'{text}", "next"]


@pytest.mark.parametrize("text", ["Mia", "a=b", "O'Neil", 'say "hi"', "a,b", "a\nb", " blank ", "", "3-4"])
def test_everything_else_comes_back_as_it_was(text: str) -> None:
    assert next(csv.reader(io.StringIO(spreadsheet.line([text, "end"]), newline=""))) == [text, "end"]


async def test_the_file_holds_everyone_of_the_team_and_nobody_else(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PIECE", 2)
    await join('=cmd|"/c calc"!A1', "cmd@acme.test")
    olga = await signed_in(app, cast.olga)

    found = await rows(olga)

    assert found[0] == ["Name", "Email", "Roles", "Status", "Joined (UTC)", "Last active (UTC)"]
    assert [row[1] for row in found[1:]] == ["cmd@acme.test", cast.adam, cast.mia, cast.olga]
    assert found[1][0] == '\'=cmd|"/c calc"!A1'
    assert found[2][2:4] == ["Admin", "Active"]
    answer = olga.page
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="acme-members-20')
    assert answer.headers["cache-control"] == "no-store"
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'member.exported\'') == 1


async def test_only_whoever_may_takes_it(app: Litestar, cast: Cast) -> None:
    mia = await signed_in(app, cast.mia)
    await mia.open("/t/acme/members")
    assert "Download as CSV" not in mia.document.text
    assert (await mia.post(EXPORT)).status_code == 403
    assert (await mia.http.get(EXPORT)).status_code in (404, 405)
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'member.exported\'') == 0

    await make_role("Lister", "tenant:read", "members:read", "members:export")
    await give_roles(cast.mia, "Lister")
    assert len(await rows(mia)) == 4
