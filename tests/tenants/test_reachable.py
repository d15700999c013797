"""No page of a team is known only to those who type its address."""

import re
from urllib.parse import urlsplit

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.members.inviting import LIST, invite, role
from tests.routes import routes
from tests.teams import make_role, signed_in

pytestmark = pytest.mark.anyio

OPENED_OTHERWISE = {
    "/t/{slug:str}/invitations/many/{batch_id:uuid}": "where the form that invites many leads",
}


def pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+:\w+}", "[^/]+", path))


async def test_every_page_of_a_team_is_found_along_links(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    await make_role("Clerk")
    await invite(olga, "new@x.test", roles=await role("Member"))
    assert olga.path == LIST
    seen, waiting = set[str](), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen or not re.match(r"/$|/t/acme\b|/tenants\b", path):
            continue
        seen.add(path)
        answer = await olga.http.get(path)
        if "html" in answer.headers["content-type"]:
            waiting += [urlsplit(link).path for link in re.findall(r'href="([^"]+)"', answer.text)]

    pages = [r.path for r in routes(app) if r.method == "GET" and re.match(r"/t/|/tenants", r.path)]
    lost = [page for page in pages if not any(pattern(page).fullmatch(path) for path in seen)]
    assert sorted(lost) == sorted(OPENED_OTHERWISE)
