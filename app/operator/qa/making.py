"""`portico qa make`: a fresh person in a named state, with everything a test needs to be them."""

import secrets

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.operator.grants import Refused, canonical
from app.operator.qa import passkeys, steps, tables
from app.operator.qa.states import STATES, State
from app.operator.qa.steps import MadePerson, Making
from app.users.google.tables import GoogleLink
from app.users.signup import actions as signup
from app.users.tables import User
from app.users.totp import actions as totp
from app.users.totp import codes

NAMES = ("Ada Arendt", "Ben Okafor", "Chiyo Sato", "Dana Levi", "Emil Lind", "Farah Aziz", "Gus Marsh", "Hana Novak")
LONGEST_NAME = 100
MAIL_DOMAIN = "qa.test"


async def make(state: str, *, email: str | None = None, name: str | None = None, signed_in: bool = False) -> MadePerson:
    """The person, made in one transaction: all of them or nothing. `signed_in` asks for a session.

    Nobody is told by mail, but where the state is about a mail. Raises Refused for what cannot be made, such as
    somebody with an address that is taken.
    """
    chosen = _chosen(state, signed_in=signed_in)
    called = _name(name)
    address = _new_address(called) if email is None else canonical(email)
    password = steps.new_password() if chosen.password and chosen.finished else None
    hashed = await crypto.hash_password(password) if password else None
    async with db.transaction():
        making = await _begin(state, address, called, password)
        if chosen.finished:
            await _open(making, hashed)
            await _give_factors(making, chosen)
        if signed_in or chosen.signed_in:
            await _sign_in(making, chosen)
        if chosen.then:
            await chosen.then(making)
        if any(making.cookies):
            making.made.storage_state = making.cookies.storage_state(await db.now())
    return making.made


def _chosen(state: str, *, signed_in: bool) -> State:
    if state not in STATES:
        raise Refused(f"there is no state {state!r}; there are {', '.join(STATES)}")
    if signed_in and STATES[state].signed_in is None:
        raise Refused(f"nobody in the state {state} is signed in")
    return STATES[state]


def _name(asked: str | None) -> str:
    name = secrets.choice(NAMES) if asked is None else asked.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(f"a name is one line of at most {LONGEST_NAME} characters")
    return name


def _new_address(name: str) -> str:
    """One that nobody has, by which the person is known in a list of mails."""
    word = name.split(maxsplit=1)[0].lower()[:20]
    word = word if word.isascii() and word.isalpha() else "person"
    return f"{word}.{secrets.token_hex(5)}@{MAIL_DOMAIN}"


async def _begin(state: str, email: str, name: str, password: str | None) -> Making:
    await tables.hold_address(email)
    taken = await User.by_email(email)
    account = taken or await User.begin(email, name, crypto.new_token().digest.hex(), 0)
    if taken or not account.is_unfinished:
        raise Refused(f"{email} has an account already: ask for another address, or for none")
    by = Actor.system("portico qa")
    await record(Event.USER_SIGN_UP_STARTED, by=by, about=account.id, state=state)
    return Making(account, MadePerson(state=state, id=account.id, email=email, name=name, password=password), by)


async def _open(making: Making, hashed: str | None) -> None:
    """The account is finished, its terms accepted, and nothing stands in the way after signing in."""
    if not await User.finish(making.id, making.made.name, hashed):
        raise RuntimeError("an account that was just begun could not be finished")
    await signup.accept_terms(making.id, by=making.by.as_person(making.id, making.made.name))
    await record(Event.USER_SIGNED_UP, by=making.by, about=making.id, state=making.made.state)


async def _give_factors(making: Making, chosen: State) -> None:
    made = making.made
    if chosen.app:
        made.totp = codes.new_secret()
        await totp.plant(making.id, made.totp)
        await steps.give_codes(making)
    for _passkey in range(chosen.passkeys):
        made.passkeys.append(await passkeys.add(making.id, by=making.by))
    if chosen.google:
        made.google = {"subject": str(secrets.randbits(64)), "email": made.email}
        await GoogleLink.make(making.id, made.google["subject"], made.email)
    making.account = await User.by_id(making.id) or making.account


async def _sign_in(making: Making, chosen: State) -> None:
    """By what the person has."""
    first = "passkey" if chosen.passkeys else "google" if chosen.google else "mail"
    first = "password" if chosen.password else first
    started = await making.sign_in((first, "totp") if chosen.app else (first,))
    making.keep(session=started.session, device=started.device, method=started.method)
