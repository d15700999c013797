"""What a browser of a made person holds, in the form that Playwright opens one with."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from app.config import settings
from app.users.login.steps import HALF_MINUTES
from app.users.session import DEVICE, DEVICE_SECONDS, HALF, METHOD
from app.users.sessions.actions import ABSOLUTE_SECONDS
from app.web.headers import cookie_name
from app.web.visitor import BROWSER, BROWSER_SECONDS, SESSION

LASTS = {
    SESSION: ABSOLUTE_SECONDS,
    DEVICE: DEVICE_SECONDS,
    METHOD: DEVICE_SECONDS,
    HALF: HALF_MINUTES * 60,
    BROWSER: BROWSER_SECONDS,
}
"""Every cookie there is, and how many seconds it is kept, as the pages set it."""


class Cookies(NamedTuple):
    """The secrets of one browser by the plain name of their cookie; those that are None it does not have."""

    browser: str | None = None
    session: str | None = None
    device: str | None = None
    method: str | None = None
    half: str | None = None

    def __repr__(self) -> str:
        return "Cookies(…)"

    def storage_state(self, now: datetime) -> dict[str, Any]:
        """For `browser.new_context(storage_state=…)`: cookies of this host alone, with the attributes of headers.py.

        `now` is naive UTC.
        """
        held = {BROWSER: self.browser, SESSION: self.session, DEVICE: self.device, METHOD: self.method, HALF: self.half}
        begins = int(now.replace(tzinfo=UTC).timestamp())
        return {
            "cookies": [
                {
                    "name": cookie_name(name),
                    "value": value,
                    "domain": settings().hostname,
                    "path": "/",
                    "expires": begins + LASTS[name],
                    "httpOnly": True,
                    "secure": settings().secure,
                    "sameSite": "Lax",
                }
                for name, value in held.items()
                if value
            ],
            "origins": [],
        }
