"""What a page weighs on its way to a browser that takes Brotli."""

from html.parser import HTMLParser
from typing import NamedTuple

import brotli

from bench.load import Answer, ask_once, request
from bench.world import BROWSER_SENDS, COMPRESSED


class Weight(NamedTuple):
    """Bytes over the wire, response heads included."""

    page: int
    styles: int
    own_scripts: int
    everything: int


async def weigh(port: int, page: bytes) -> Weight:
    """Fetches the page and all it names, as a first visit does."""
    answer = await ask_once(port, page)
    sources = _Sources()
    sources.feed(_text(answer))
    sizes = {path: _size(await ask_once(port, _static(path))) for path in sorted(sources.paths)}
    own = sum(size for path, size in sizes.items() if path.endswith(".js") and "/vendor/" not in path)
    styles = sum(size for path, size in sizes.items() if path.endswith(".css"))
    return Weight(_size(answer), styles, own, _size(answer) + sum(sizes.values()))


class _Sources(HTMLParser):
    """The files that a browser fetches for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = dict(attrs).get({"link": "href", "script": "src", "img": "src"}.get(tag, ""))
        if source:
            self.paths.add(source)


def _static(path: str) -> bytes:
    return request("GET", path, BROWSER_SENDS | COMPRESSED | {"accept": "*/*"})


def _size(answer: Answer) -> int:
    if answer.status != 200:
        raise RuntimeError(f"a page or one of its files was answered {answer.status}")
    return len(answer.head) + len(b"\r\n\r\n") + len(answer.body)


def _text(answer: Answer) -> str:
    if answer.header("content-encoding") != ["br"]:
        raise RuntimeError("the page was not compressed")
    return str(brotli.decompress(answer.body), "utf-8")
