"""Static files: the smallest form the browser takes, under an address that changes with the content."""

import gzip
import hashlib

import brotli
import pytest
from litestar import Litestar

from app.web.assets import STATIC, assets, url
from tests.web.wire import Answer, ask

pytestmark = pytest.mark.anyio

NAMES = sorted(assets())
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


def decoded(answer: Answer) -> bytes:
    """The body, decoded as often as its headers say."""
    encoding = answer.header("content-encoding")
    if encoding is None:
        return answer.body
    return bytes(brotli.decompress(answer.body)) if encoding == "br" else gzip.decompress(answer.body)


def test_there_is_something_to_serve() -> None:
    assert {"css/entrance.css", "css/portal.css", "js/portal.js", "favicon.svg"} <= set(NAMES)
    assert "css/bundles.json" not in NAMES
    assert "css/base.css" not in NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", "br"),
        ("gzip", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0, br; q=0.000", None),
        ("identity", None),
        ("", None),
        ("brotli, xbr, gzipped", None),
    ],
)
async def test_a_file_decodes_once_to_itself(app: Litestar, name: str, accepted: str, encoding: str | None) -> None:
    answer = await ask(app, url(name), headers=[("accept-encoding", accepted)])

    assert answer.status == 200
    assert answer.header("content-encoding") == encoding
    assert decoded(answer) == assets()[name].plain
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("vary") == "Accept-Encoding"


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("css/")])
async def test_a_file_is_what_lies_in_the_folder(app: Litestar, name: str) -> None:
    assert (await ask(app, url(name))).body == (STATIC / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_is_kept_for_a_year_and_has_its_type(app: Litestar, name: str) -> None:
    answer = await ask(app, url(name), headers=[("cookie", "session=" + "a" * 43)])

    assert answer.header("cache-control") == "public, max-age=31536000, immutable"
    assert answer.header("content-type") == TYPES[name[name.rindex(".") :]]
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.cookies == {}


def test_the_address_is_the_hash_of_what_is_sent() -> None:
    for name in NAMES:
        assert url(name) == f"/static/{hashlib.sha256(assets()[name].plain).hexdigest()[:12]}/{name}"


async def test_head_tells_the_same_without_the_body(app: Litestar) -> None:
    shown, head = [await ask(app, url("css/entrance.css"), method=method) for method in ("GET", "HEAD")]

    assert (head.status, head.body) == (200, b"")
    assert head.header("cache-control") == shown.header("cache-control")


async def test_an_old_address_is_not_found_and_not_kept(app: Litestar) -> None:
    right = url("css/entrance.css")
    for digest in ("000000000000", assets()["css/portal.css"].digest, "", "x" * 500):
        answer = await ask(app, f"/static/{digest}/css/entrance.css")
        assert answer.status == 404, digest
        assert answer.header("cache-control") == "no-store"

    assert (await ask(app, right)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "../../pyproject.toml",
        "..%2f..%2fpyproject.toml",
        "css/../../../pyproject.toml",
        "css/base.css",
        "css/bundles.json",
        "/etc/passwd",
        "//etc/passwd",
        "css\\entrance.css",
        "css/entrance.css/",
        "css/entrance.css\0.js",
        "",
        "css",
        ".",
        "CSS/ENTRANCE.CSS",
    ],
)
async def test_nothing_else_is_served(app: Litestar, path: str) -> None:
    answer = await ask(app, f"/static/{assets()['css/entrance.css'].digest}/{path}")

    if path == "css/entrance.css/":  # a slash at the end is dropped before any route
        assert answer.body == assets()["css/entrance.css"].plain
    else:
        assert answer.status == 404
        assert b"[project]" not in answer.body


async def test_a_static_address_does_nothing_else(app: Litestar) -> None:
    assert (await ask(app, url("css/entrance.css"), method="POST")).status in {403, 405}


@pytest.mark.parametrize("accepted", ["br", "gzip, br", "identity"])
async def test_a_page_is_compressed_for_browsers_that_take_it(app: Litestar, accepted: str) -> None:
    answer = await ask(app, "/login", headers=[("accept-encoding", accepted)])

    assert answer.header("content-encoding") == ("br" if "br" in accepted else None)
    assert b"<!doctype html>" in decoded(answer).lower()
    if "br" in accepted:
        assert "Accept-Encoding" in str(answer.header("vary"))
