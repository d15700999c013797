"""The people of the journeys. Everyone is made for one journey, with an address nobody else has."""

import secrets

import msgspec
from playwright.sync_api import Page

from e2e.kit import Kit
from e2e.mailbox import Mailbox
from e2e.pages import FinishPage, HomePage, SignUpPage, VerifyPage

NAMES = ("Ada Arendt", "Ben Okafor", "Chiyo Sato", "Dana Levi", "Emil Lind", "Farah Aziz", "Gus Marsh", "Hana Novak")


class Person(msgspec.Struct, frozen=True):
    """A name, an address and a password; whether an account exists is the journey's business."""

    name: str
    email: str
    password: str


class Crew(msgspec.Struct, frozen=True):
    """A team of three: an owner, an admin who is called so, and a plain member."""

    slug: str
    name: str
    owner: Person
    member: Person


def stranger() -> Person:
    """Somebody without an account."""
    name, mark = secrets.choice(NAMES), secrets.token_hex(5)
    return Person(name, f"{name.split()[0].lower()}.{mark}@journey.test", f"three quiet herons {mark}")


class People:
    """Makes people with an account."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def member(self) -> Person:
        """Somebody who has an account and is signed in nowhere."""
        made = self._kit.make("member")
        return Person(made.name, made.email, made.password or "")

    def crew(self) -> Crew:
        """A team whose people have an account and are signed in nowhere."""
        made = self._kit.make("team-member")
        password = made.password or ""
        owner = Person("Owner", made.owner, password)
        return Crew(made.tenant, f"Team of {made.name}", owner, Person(made.name, made.email, password))


def sign_up(page: Page, person: Person, mailbox: Mailbox) -> HomePage:
    """The whole way from the first page to the signed-in home."""
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).enter(mailbox.next(person.email).code)
    FinishPage(page).finish(person.password)
    return HomePage(page).shown()
