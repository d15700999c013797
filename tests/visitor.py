"""A browser without script for tests: keeps cookies, reads pages, fills in and sends their forms."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from app.config import settings

Values = dict[str, str | list[str]]


class Document(HTMLParser):
    """What a test asks of a page: its forms with their values, its headings, its visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str | None], Values]] = []
        self.headings: list[str] = []
        self.body: dict[str, str | None] = {}
        self.words: list[str] = []
        self.invalid: list[str] = []
        self._heading = False
        self._unseen = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given, {}))
        elif tag == "body":
            self.body = given
        elif tag == "h1":
            self._heading = True
            self.headings.append("")
        elif tag in {"script", "style", "title"}:
            self._unseen += 1
        elif tag in {"input", "textarea", "select"} and self.forms and given.get("name"):
            self._take_field(str(given["name"]), given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._heading = False
        elif tag in {"script", "style", "title"}:
            self._unseen -= 1

    def handle_data(self, data: str) -> None:
        if self._heading:
            self.headings[-1] += data
        if data.strip() and not self._unseen:
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def form(self, action: str | None = None) -> tuple[dict[str, str | None], Values]:
        """The form that goes to `action`, or the only one outside the page's frame."""
        found = [form for form in self.forms if action is None or form[0].get("action") == action]
        own = [form for form in found if form[0].get("action") != "/logout" or action == "/logout"]
        assert own, f"no form for {action}"
        return own[0]

    def _take_field(self, name: str, given: dict[str, str | None]) -> None:
        if given.get("aria-invalid") == "true":
            self.invalid.append(name)
        if given.get("type") != "checkbox" or "checked" in given:
            self.forms[-1][1][name] = given.get("value") or ""


class Browser:
    """One person's browser. `page` is what was answered last, redirects followed as browsers follow them."""

    def __init__(
        self, app: Any, *, ip: str = "203.0.113.7", agent: str = "Mozilla/5.0 (X11; Linux) Firefox/140.0"
    ) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(ip, 50000))
        self.http = httpx.AsyncClient(
            transport=transport,
            base_url=settings().base_url,
            headers={"user-agent": agent, "accept-encoding": "identity"},
        )
        self.page: httpx.Response = httpx.Response(0)

    @property
    def document(self) -> Document:
        return Document(self.page.text)

    @property
    def path(self) -> str:
        return urlsplit(str(self.page.url)).path

    @property
    def name(self) -> str | None:
        """The page's own name, such as `login.index`."""
        return self.document.body.get("data-page")

    async def open(self, path: str, **headers: str) -> httpx.Response:
        return await self._follow(await self.http.get(path, headers=headers))

    async def submit(self, action: str | None = None, /, **values: str | list[str] | None) -> httpx.Response:
        """Sends a form of this page with its own values, `values` filled in; None leaves a field out."""
        form, fields = self.document.form(action)
        sent = {name: value for name, value in (fields | values).items() if value is not None}
        target = urljoin(str(self.page.url), form.get("action") or "")
        return await self._follow(await self.http.post(target, data=sent, headers=self._origin()))

    async def post(self, path: str, /, **values: str | list[str]) -> httpx.Response:
        """Sends values to a path as if a form of this site stood there; the token is the one of the last page."""
        token = next((fields["csrf_token"] for _form, fields in self.document.forms if "csrf_token" in fields), "")
        return await self._follow(
            await self.http.post(path, data={"csrf_token": token} | values, headers=self._origin())
        )

    def comparable(self, email: str) -> str:
        """The answer without what must differ: the address that was typed, tokens, the request's own number, and
        the seconds that are left to wait.
        """
        text = re.sub(r'\bin \d+ seconds?\b|data-wait="\d+"', "WAIT", self.page.text.replace(email, "ADDRESS"))
        for _form, fields in self.document.forms:
            for name in ("csrf_token", "form_age"):
                text = text.replace(str(fields.get(name) or "\0"), "TOKEN")
        headers = {
            k: v for k, v in self.page.headers.items() if k not in {"x-request-id", "set-cookie", "content-length"}
        }
        return f"{self.page.status_code} {sorted(headers.items())} {text}"

    def cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self.http.cookies.jar if cookie.name == name), None)

    def plant(self, name: str, value: str) -> None:
        """A cookie as the server would have set it; it takes the place of the server's own."""
        self.http.cookies.set(name, value, domain="localhost.local", path="/")

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """Whatever cookies the block brings or drops, the browser has the same afterwards."""
        kept = list(self.http.cookies.jar)
        yield
        self.http.cookies.clear()
        for cookie in kept:
            self.http.cookies.jar.set_cookie(cookie)

    def _origin(self) -> dict[str, str]:
        return {"origin": settings().base_url, "sec-fetch-site": "same-origin"}

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        self.page = answer
        for _step in range(10):
            if self.page.status_code not in {301, 302, 303, 307, 308}:
                break
            self.page = await self.http.get(self.page.headers["location"])
        return self.page
