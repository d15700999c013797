"""What no page may do, looked at on every page of every journey: complain in the console, break its own security
policy, or talk to anybody but this site.
"""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("security policy:", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber));
"""


class Watch:
    """Notes what a browser context does; `complaints()` says what was wrong."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self._host = urlsplit(base_url).hostname
        self._console: list[tuple[str, str]] = []
        self._foreign: list[str] = []
        self._refused: set[str] = set()
        self._faults: list[str] = []
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def complaints(self) -> list[str]:
        """A refused form is a page with status 4xx, of which the browser makes an entry that is no complaint."""
        console = [
            f"{text} ({where})"
            for text, where in self._console
            if not (text.startswith("Failed to load resource") and where in self._refused)
            and not _own_script_in_a_mail(text)
        ]
        return console + self._faults + self._foreign

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._console.append((message.text, message.location.get("url", "")))

    def _on_error(self, error: WebError) -> None:
        self._faults.append(f"script failed: {error.error}")

    def _on_request(self, request: Request) -> None:
        """A page loads from its own origin alone; links and forms lead to pages of this host."""
        url = urlsplit(request.url)
        if url.scheme not in {"http", "https", "ws", "wss"}:
            return
        if request.is_navigation_request():
            own = url.hostname == self._host
        else:
            own = _origin(request.url) == _origin(request.frame.url)
        if not own:
            self._foreign.append(f"asked a third party: {request.url}")

    def _on_response(self, response: Response) -> None:
        """Pages that say no, and what a script of ours was refused in words: a passkey that is not taken, or is asked
        for while the database is away.
        """
        scripted = response.request.resource_type == "fetch" and response.status in {422, 429, 503}
        if scripted or (response.request.is_navigation_request() and response.status >= 400):
            self._refused.add(response.url)


def _own_script_in_a_mail(text: str) -> bool:
    """REPORT_VIOLATIONS is put into every frame, and the sandbox of a mail's body refuses it, as it must."""
    return text.startswith("Blocked script execution in") and "/dev/mail/" in text and "/body'" in text


def _origin(address: str) -> str:
    url = urlsplit(address)
    return f"{url.scheme}://{url.netloc}"
