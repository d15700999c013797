"""A page or a mail as its elements: what data did to it is seen by comparing it with the same page of harmless data."""

from html.parser import HTMLParser

Element = tuple[str, tuple[tuple[str, str | None], ...]]


class Elements(HTMLParser):
    """All elements with their attributes, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.text = ""
        self._unseen = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        self._unseen += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        self.text += "" if self._unseen else data

    @property
    def shape(self) -> list[tuple[str, ...]]:
        """The elements in their order, with the names of their attributes."""
        return [(tag, *sorted(name for name, _value in attrs)) for tag, attrs in self.elements]

    def values(self, *names: str) -> list[str]:
        """What the attributes of these names hold; `hx-*` means all that begin so."""
        return [
            value or ""
            for _tag, attrs in self.elements
            for name, value in attrs
            if name in names or any(wild.endswith("*") and name.startswith(wild[:-1]) for wild in names)
        ]
