"""Lines of the log: one for each event, whatever a request tries to write into it."""

import io
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from litestar import Litestar

from app import log
from tests.conftest import configured
from tests.web.wire import FORM, ask

pytestmark = pytest.mark.anyio

Lines = Callable[[], list[str]]

NASTY = "/static/x/\r\n12:00:00 info    POST /admin 200\x1b[2J\x07\u2028\x85\u202e"


@pytest.fixture(params=["console", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lines(form: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """The log as it is written, read once all that was said before is there."""
    configured(log_format=form)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    listener = log.start()
    stopped = False

    def read() -> list[str]:
        nonlocal stopped
        if not stopped:
            listener.stop()
            stopped = True
        return written.getvalue().removesuffix("\n").split("\n") if written.getvalue() else []

    yield read
    read()
    root.handlers[:], root.level = handlers, level


def message(line: str, form: str) -> str:
    return str(json.loads(line)["message"]) if form == "json" else line


async def test_a_path_stays_on_one_line_and_colours_nothing(app: Litestar, lines: Lines, form: str) -> None:
    await ask(app, NASTY)

    (line,) = lines()
    assert line.isprintable()
    assert message(line, form).endswith(" 404")
    assert "/static/x/" in line


async def test_a_user_agent_reaches_no_line(app: Litestar, lines: Lines, form: str) -> None:
    await ask(app, "/static/x/y", headers=[("user-agent", "\x1b[31m evil"), ("referer", "https://evil.test/?token=x")])

    (line,) = lines()
    assert line.isprintable()
    assert "evil" not in line


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_follows_the_question_mark_is_never_written(
    app: Litestar, database: None, lines: Lines, form: str, method: str
) -> None:
    """Mailed secrets stand there."""
    await ask(app, "/recover/reset?token=SECRET", method=method, headers=[FORM], body=b"password=SECRET")
    await ask(app, "/nothing?token=SECRET")
    await ask(app, "/static/x/y?token=SECRET")

    assert lines()
    assert "SECRET" not in "\n".join(lines())


async def test_an_act_is_written_with_its_number_and_its_address(app: Litestar, lines: Lines, form: str) -> None:
    answer = await ask(app, "/logout", method="POST", headers=[FORM])

    (line,) = lines()
    assert message(line, form).endswith("POST /logout 403")
    if form == "json":
        entry = json.loads(line)
        assert entry["request_id"] == answer.header("x-request-id")
        assert (entry["ip"], entry["level"], entry["logger"]) == ("203.0.113.7", "info", "portico.access")
        assert entry["milliseconds"] >= 0
        assert entry["time"].endswith("+00:00")


async def test_pages_that_are_only_read_fill_no_log(app: Litestar, lines: Lines) -> None:
    await ask(app, "/login")

    assert lines() == []


def test_the_text_of_an_error_forges_no_line(lines: Lines, form: str) -> None:
    try:
        raise ValueError("bad\r\n12:00:00 info    POST /admin 200\x1b[31m\x07")  # noqa: TRY301 - a traceback is what is needed
    except ValueError:
        logging.getLogger("portico.test").exception("unexpected")

    found = lines()
    assert all(line.isprintable() for line in found)
    if form == "json":
        (line,) = found
        assert "ValueError: bad" in json.loads(line)["exception"]
    else:
        assert [line for line in found if not line.startswith(" ")] == found[:1]
        assert any("ValueError: bad" in line for line in found)


def test_a_reader_who_stops_reading_holds_nobody_up(lines: Lines) -> None:
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, log._Bounded)  # noqa: SLF001 - what it loses is its own business otherwise
    handler.queue.maxsize = 1
    started = time.monotonic()
    for number in range(2000):
        logging.getLogger("portico.test").info("line %s", number)
    handler.queue.maxsize = 0

    assert time.monotonic() - started < 2


@pytest.mark.parametrize("formatter", [log._Json, log._Console])  # noqa: SLF001 - what pytest's own capture cannot carry
def test_half_a_character_loses_no_line(formatter: type[logging.Formatter]) -> None:
    record = logging.LogRecord("portico", logging.INFO, __file__, 1, "GET %s 404", ("/x\udcff",), None)

    line = formatter().format(record)

    assert line.encode()
    assert "404" in line
