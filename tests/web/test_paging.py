"""The address of a list's next page: it carries where the last one ended, sealed."""

import base64
from typing import Any, NamedTuple

import msgspec
import pytest
from litestar import Request

from app.web import paging
from tests.conftest import configured


class Key(NamedTuple):
    name: str
    number: int


def request(cursor: str | None) -> Any:
    query = b"" if cursor is None else b"after=" + cursor.encode()
    scope: Any = {"type": "http", "query_string": query, "headers": [], "path": "/", "state": {}}
    return Request(scope)


def onward() -> str:
    found = paging.window([("a", 1), ("b", 2), ("c", 3)], 2, lambda row: row).onward
    assert found
    return found


def test_the_last_page_leads_nowhere() -> None:
    assert paging.window([("a", 1), ("b", 2)], 2, lambda row: row) == paging.Window([("a", 1), ("b", 2)], None)
    assert paging.window([], 2, lambda row: row) == paging.Window([], None)


def test_the_next_page_begins_after_the_last_row_that_was_shown() -> None:
    assert paging.after(request(onward()), Key) == ("b", 2)


def test_the_first_page_begins_at_the_top() -> None:
    assert paging.after(request(None), Key) is None
    assert paging.after(request(""), Key) is None


def test_a_forged_place_is_the_top() -> None:
    good = onward()
    raw = base64.urlsafe_b64decode(good)
    body = msgspec.msgpack.encode(("' OR 1=1 --", 1))
    forged = [
        base64.urlsafe_b64encode(bytes(12) + body).decode(),
        base64.urlsafe_b64encode(raw[:12] + body).decode(),
        base64.urlsafe_b64encode(body).decode(),
        base64.urlsafe_b64encode(raw[:-1] + b"\x03").decode(),
        base64.urlsafe_b64encode(raw[:12]).decode(),
        good[:-4],
        good[4:],
        "x",
        "=",
        "%00",
        "%C3%A9",
        "A" * 3000,
        "-1",
        "1%20OR%201",
    ]
    for cursor in forged:
        assert paging.after(request(cursor), Key) is None, cursor

    assert paging.after(request(good), Key) == ("b", 2)


@pytest.mark.parametrize("kind", [int, str, tuple[int, int], dict[str, int]])
def test_a_place_in_a_list_of_another_kind_is_the_top(kind: Any) -> None:
    assert paging.after(request(onward()), kind) is None


def test_a_place_sealed_under_another_key_is_the_top() -> None:
    good = onward()
    configured(secret_keys=("another-another-another-another-key",))

    assert paging.after(request(good), Key) is None
