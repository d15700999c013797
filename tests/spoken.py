"""The pseudo-language: what of a page or a mail is spoken, and which of its words have escaped translation."""

import re
from html.parser import HTMLParser

SPOKEN = {
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-done",
    "data-short",
    "data-fair",
    "data-good",
    "data-strong",
}
# Names, addresses and times are data. The product's own name is one too.
DATA = re.compile(
    r"[\w.+-]+@[\w.-]+|https?://\S+|/\S*token=\S+|Portico|Zoe Zander|Mia Müller|Mia Berger|Lyon, France|Olga Olsen"
    r"|Acme|acme|Owner|Admin|Member|Bob Builder|We start on Monday|On leave until May|Wrong Bob, sorry"
    r"|\bZZ\b|Firefox( · \w+)?|\d+ \w{3} \d{4}, \d\d:\d\d|\d\d:\d\d:\d\d \w+"
    r"|\b(UTC|Coordinated Universal Time|November)\b"
)


class Spoken(HTMLParser):
    """Everything of a page that is read or read out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def escaped(text: str) -> list[str]:
    """The words outside brackets that are no data."""
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    return re.findall(r"[^\W\d_]{2,}", DATA.sub(" ", text))
