"""The people of the journeys. Everyone is made for one journey, with an address nobody else has."""

import re
import secrets
from collections.abc import Callable

import httpx
import msgspec
from playwright.sync_api import Page

from e2e.mailbox import Mailbox
from e2e.pages import HURRIED, FinishPage, HomePage, SignUpPage, VerifyPage

NAMES = ("Ada Arendt", "Ben Okafor", "Chiyo Sato", "Dana Levi", "Emil Lind", "Farah Aziz", "Gus Marsh", "Hana Novak")


class Person(msgspec.Struct, frozen=True):
    """A name, an address and a password; whether an account exists is the journey's business."""

    name: str
    email: str
    password: str


def stranger() -> Person:
    """Somebody without an account."""
    name, mark = secrets.choice(NAMES), secrets.token_hex(5)
    return Person(name, f"{name.split()[0].lower()}.{mark}@journey.test", f"three quiet herons {mark}")


class People:
    """Makes people with an account, each in a browser of their own that is closed afterwards."""

    def __init__(self, new_page: Callable[[], Page], mailbox: Mailbox, base_url: str) -> None:
        self._base_url = base_url
        self._new_page = new_page
        self._mailbox = mailbox

    def member(self) -> Person:
        """Somebody who has an account and is signed in nowhere we know of."""
        person = stranger()
        if HURRIED:
            _sign_up_at_once(person, self._base_url, self._mailbox)
            return person
        page = self._new_page()
        sign_up(page, person, self._mailbox)
        page.context.close()
        return person


def sign_up(page: Page, person: Person, mailbox: Mailbox) -> HomePage:
    """The whole way from the first page to the signed-in home."""
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).enter(mailbox.next(person.email).code)
    FinishPage(page).finish(person.password)
    return HomePage(page).shown()


def _sign_up_at_once(person: Person, base_url: str, mailbox: Mailbox) -> None:
    """The same forms without a browser, in a tenth of the time: most journeys begin after this one."""
    with httpx.Client(base_url=base_url, follow_redirects=True, headers={"origin": base_url}, timeout=20) as client:
        _send(client, SignUpPage.path, name=person.name, email=person.email)
        _send(client, VerifyPage.path, code=mailbox.next(person.email).code)
        _send(client, FinishPage.path, name=person.name, password=person.password)


def _send(client: httpx.Client, path: str, **typed: str) -> None:
    hidden = dict(re.findall(r'name="(csrf_token|form_age)" value="([^"]*)"', client.get(path).text))
    answer = client.post(path, data=hidden | typed)
    assert answer.is_success, f"{path} answered {answer.status_code}:\n{answer.text}"
