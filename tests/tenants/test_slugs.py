"""What an address may be: Python and the database agree on what looks alike."""

import pytest
from litestar import Litestar

from app import db
from app.errors import Rejected
from app.tenants.slugs import names
from tests.cast import Cast
from tests.database import TestDatabase
from tests.teams import signed_in

pytestmark = pytest.mark.anyio

SAMPLES = (
    "acme",
    "ac-me",
    "barn",
    "bam",
    "savvy",
    "sawy",
    "0-1-i-5",
    "ollie",
    "oi1ie",
    "vvvv",
    "rrnn",
    "x-0",
    "mrnm",
    "s5",
)


async def test_python_and_the_database_make_the_same_skeleton(database: TestDatabase) -> None:
    for slug in (*SAMPLES, *names.RESERVED):
        assert names.skeleton(slug) == await db.value("SELECT skeleton($1)", slug), slug


@pytest.mark.parametrize(("one", "other"), [("barn", "bam"), ("savvy", "sawy"), ("ac-me", "acme"), ("o1", "0i")])
def test_what_looks_alike_is_one(one: str, other: str) -> None:
    assert names.skeleton(one) == names.skeleton(other)


@pytest.mark.parametrize("slug", ["abc", "a-b-c", "team9", "0cean", "a" * 40])
def test_good_addresses(slug: str) -> None:
    assert names.well_formed(slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "ab", "a_b", "a b", "a--b", "a-", "é-team", "ab\nc", "a/b", "...", "a.b", "\u212aelvin"]
)
def test_bad_addresses(slug: str) -> None:
    with pytest.raises(Rejected):
        names.well_formed(slug)


@pytest.mark.parametrize(
    "path", ["t", "tenants", "login", "oauth", "account", "operator", "static", "health", "platform"]
)
def test_words_of_the_site_are_reserved(path: str) -> None:
    with pytest.raises(Rejected):
        names.well_formed(path)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme", "acme"),
        ("Größe & Söhne GmbH", "grosse-sohne-gmbh"),
        ("  Œuvre — Paris  ", "oeuvre-paris"),
        ("東京", "team"),
        ("A", "team-a"),
        ("x" * 60, "x" * 40),
        ("Admin", "admin-2"),
    ],
)
async def test_an_address_is_made_of_the_name(database: TestDatabase, name: str, slug: str) -> None:
    assert await names.proposed(name) == (slug if slug not in names.RESERVED else f"{slug}-2")


async def test_the_database_refuses_another_form(database: TestDatabase) -> None:
    with pytest.raises(Exception, match="slug"):
        await db.execute("""INSERT INTO "Tenants" ("name", "slug", "databaseUrl") VALUES ('x', 'A B', 'u')""")


async def test_a_name_is_not_looked_up_without_end(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    for _n in range(120):
        await olga.http.get("/tenants/new?slug=acme")
    await olga.open("/tenants/new?slug=acme")
    assert "taken" not in olga.document.text
    assert olga.page.status_code == 200
