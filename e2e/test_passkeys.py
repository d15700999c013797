"""Passkeys in a real browser, with its virtual authenticator: made, used, refused in words, removed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import HomePage, SignInPage, SignUpPage, VerifyPage, Words
from e2e.passkey_pages import (
    AddPasskeyPage,
    Authenticator,
    FinishByPasskey,
    PasskeysPage,
    PasskeyWay,
    RemovePasskeyPage,
    RenamePasskeyPage,
    SignInByPasskey,
    foreign_key,
)
from e2e.people import Person
from e2e.test_every_page import check  # noqa: F401 - a fixture
from e2e.test_recovery import signed_in

REFUSED = "This passkey could not be checked. Try again, or use another way."
UNVERIFIED = "Your device did not check that it is you. Set up its PIN, fingerprint or face, then try again."


@pytest.fixture
def phone(page: Page) -> Authenticator:
    return Authenticator(page)


@pytest.fixture
def owner(page: Page, member: Person, phone: Authenticator) -> Person:
    """Has a passkey, and stands before the sign-in page; nobody touches the device before the journey says so."""
    signed_in(page, member)
    AddPasskeyPage(page).open().use_passkey()
    PasskeysPage(page).shown()
    phone.touched(yes=False)
    HomePage(page).sign_out(member.name)
    SignInPage(page).shown()
    return member


def signs_in(page: Page, phone: Authenticator) -> None:
    """By the button."""
    sign_in = SignInByPasskey(page).open_without_suggestions()
    phone.touched(yes=True)
    sign_in.use_passkey()


def test_an_account_is_made_with_a_passkey_and_has_no_password(
    page: Page, new_page: Callable[..., Page], person: Person, mailbox: Mailbox, phone: Authenticator
) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).enter(mailbox.next(person.email).code)
    FinishByPasskey(page).shown().use_passkey()
    HomePage(page).greets(person.name)
    assert [key["isResidentCredential"] for key in phone.held()] == [True]

    HomePage(page).sign_out(person.name)
    signs_in(page, phone)
    HomePage(page).greets(person.name)

    stranger = new_page()
    SignInPage(stranger).open().sign_in(person.email, person.password)
    SignInPage(stranger).refuses_sign_in()


def test_a_name_is_asked_for_before_the_passkey(
    page: Page, person: Person, mailbox: Mailbox, phone: Authenticator
) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).enter(mailbox.next(person.email).code)
    finish = FinishByPasskey(page).shown()

    finish.fill("Name", "")
    finish.use_passkey()

    expect(finish.field("Name")).to_be_focused()
    assert not phone.held()
    finish.fill("Name", "  ")
    finish.use_passkey()
    expect(finish.said).to_have_text("Enter your name, as others should see it.")
    expect(finish.field("Name")).to_be_focused()
    assert not phone.held()


def test_the_button_signs_in_and_is_offered_first_from_then_on(page: Page, owner: Person, phone: Authenticator) -> None:
    signs_in(page, phone)
    HomePage(page).greets(owner.name)
    phone.touched(yes=False)

    HomePage(page).sign_out(owner.name)
    SignInPage(page).open()

    expect(page.get_by_text("This is how you signed in here last time.")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_focused()


def test_the_address_field_suggests_the_passkey(page: Page, owner: Person, phone: Authenticator) -> None:
    """Chromium's virtual authenticator picks the suggestion by itself."""
    page.goto("about:blank")
    phone.touched(yes=True)

    page.goto("/login?next=/account/security/passkeys")

    PasskeysPage(page).shown()


def test_a_password_still_signs_in_while_the_suggestion_waits(page: Page, owner: Person) -> None:
    SignInPage(page).open().sign_in(owner.email, owner.password)

    HomePage(page).greets(owner.name)


def test_a_device_that_does_not_know_its_owner_makes_no_passkey(
    page: Page, member: Person, phone: Authenticator
) -> None:
    page.add_init_script("performance.now = () => 0")  # on a busy machine "at once" takes a while
    signed_in(page, member)
    phone.knows_its_owner(yes=False)
    add = AddPasskeyPage(page).open()

    add.use_passkey()

    expect(add.said).to_have_text(
        "Your browser did not allow it. Leave private browsing if you are in it, then try again."
    )
    assert not phone.held()


@pytest.mark.parametrize(
    ("forged", "words"),
    [({"isBadUV": True}, UNVERIFIED), ({"isBogusSignature": True}, REFUSED), ({"isBadUP": True}, REFUSED)],
)
def test_a_forged_answer_is_refused_in_words_and_an_honest_one_gets_in(
    page: Page, owner: Person, phone: Authenticator, forged: dict[str, bool], words: str
) -> None:
    phone.forge(**forged)
    signs_in(page, phone)
    SignInByPasskey(page).says(words)

    phone.forge()
    SignInByPasskey(page).use_passkey()

    HomePage(page).greets(owner.name)


def test_a_counter_that_went_back_is_refused_and_told_by_mail(
    page: Page, owner: Person, phone: Authenticator, mailbox: Mailbox
) -> None:
    (old,) = phone.held()
    phone.clear()
    phone.put(old | {"signCount": 50})
    signs_in(page, phone)
    HomePage(page).greets(owner.name)
    phone.touched(yes=False)
    HomePage(page).sign_out(owner.name)
    phone.clear()
    phone.put(old)

    signs_in(page, phone)

    SignInByPasskey(page).says(
        "This passkey was refused because it may have been copied. Use another one, or another way."
    )
    mailbox.next(owner.email, "One of your passkeys may have been copied")


def test_a_removed_passkey_is_refused_and_the_browser_forgets_it(
    page: Page, new_page: Callable[..., Page], owner: Person, phone: Authenticator
) -> None:
    signs_in(page, phone)
    HomePage(page).shown()
    passkeys = PasskeysPage(page).open()
    passkeys.follow(f"Remove {passkeys.names()[0]}")
    RemovePasskeyPage(page).shown().press("Remove passkey")

    PasskeysPage(page).shown()
    expect(page.get_by_role("heading", name="You have no passkey yet")).to_be_visible()
    phone.awaits("credentialDeleted")
    assert not phone.held()


def test_a_passkey_that_no_account_has_is_forgotten_by_the_browser(page: Page, phone: Authenticator) -> None:
    phone.touched(yes=False)
    phone.put(foreign_key())

    signs_in(page, phone)

    SignInByPasskey(page).says(
        "This passkey is not known here; it may have been removed. Use another one, or another way."
    )
    phone.awaits("credentialDeleted")
    assert not phone.held()


def test_two_passkeys_both_open_the_account_and_each_has_its_name(
    page: Page, owner: Person, phone: Authenticator
) -> None:
    signs_in(page, phone)
    HomePage(page).shown()
    (first,) = phone.held()
    phone.remove()
    key = Authenticator(page, transport="usb")
    AddPasskeyPage(page).open().use_passkey()
    passkeys = PasskeysPage(page).shown()
    passkeys.follow("Rename Security key")
    rename = RenamePasskeyPage(page).shown()
    rename.fill("Name", "Keyring")
    rename.press("Save name")

    expect(passkeys.shown().told).to_have_text("It is called “Keyring” now.")
    assert "Keyring" in passkeys.names()
    expect(page.get_by_text("On this key only")).to_be_visible()
    key.touched(yes=False)
    HomePage(page).open().sign_out(owner.name)
    signs_in(page, key)
    HomePage(page).greets(owner.name)
    key.touched(yes=False)
    HomePage(page).sign_out(owner.name)
    key.remove()
    old = Authenticator(page)
    old.touched(yes=False)
    old.put(first)
    signs_in(page, old)
    HomePage(page).greets(owner.name)


def test_a_device_that_has_one_already_makes_no_second(page: Page, owner: Person, phone: Authenticator) -> None:
    signs_in(page, phone)
    HomePage(page).shown()
    add = AddPasskeyPage(page).open()

    add.use_passkey()

    add.says("There is a passkey for your account on this device already. Choose another device.")


def test_a_new_name_is_told_to_the_browser(page: Page, owner: Person, phone: Authenticator) -> None:
    signs_in(page, phone)
    HomePage(page).shown()
    phone.told.clear()

    PasskeysPage(page).open()

    phone.awaits("credentialUpdated")


def test_the_only_way_in_is_not_removed(page: Page, person: Person, mailbox: Mailbox, phone: Authenticator) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).enter(mailbox.next(person.email).code)
    FinishByPasskey(page).shown().use_passkey()
    HomePage(page).shown()
    passkeys = PasskeysPage(page).open()
    passkeys.follow(f"Remove {passkeys.names()[0]}")

    RemovePasskeyPage(page).shown().press("Remove passkey")

    expect(RemovePasskeyPage(page).problem).to_have_text(
        "This is your only way to sign in. Add another passkey or set a password first."
    )
    assert len(phone.held()) == 1


def test_a_passkey_proves_again_who_one_is(page: Page, owner: Person, phone: Authenticator, database: Database) -> None:
    signs_in(page, phone)
    HomePage(page).shown()
    database.age_proofs(owner.email)
    page.goto(AddPasskeyPage.path)

    PasskeyWay(page).use_passkey()

    AddPasskeyPage(page).shown()


FAILURES = [
    ("NotAllowedError", 1100, "It was closed before it was done. Try again, or choose another way."),
    (
        "NotAllowedError",
        0,
        "There is no passkey for this site here. Choose another way, or use the device that has one.",
    ),
    ("SecurityError", 0, re.compile(r"Passkeys belong to one address. Open http://localhost:\d+ and try again there.")),
    ("NotSupportedError", 0, re.compile("^This device cannot check that it is you by PIN, fingerprint or face.")),
    ("UnknownError", 0, "Something went wrong on this device. Try again, or choose another way."),
]


@pytest.mark.parametrize(("name", "after", "words"), FAILURES, ids=lambda value: str(value)[:20])
def test_each_way_to_fail_has_its_words(page: Page, name: str, after: int, words: Words) -> None:
    """Browsers give few reasons away; what they give is told apart."""
    page.add_init_script(
        "navigator.credentials.get = () => new Promise((_, no) => "
        f"setTimeout(() => no(new DOMException('', '{name}')), {after}))"
    )
    sign_in = SignInByPasskey(page).open()

    sign_in.use_passkey()

    sign_in.says(words)
    expect(page.get_by_role("button", name="Use a passkey")).to_have_attribute("aria-busy", "false")


def test_a_person_who_took_too_long_is_told_so(page: Page) -> None:
    page.add_init_script("navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))")
    page.route("**/login/passkey/options", _with_no_time)
    sign_in = SignInByPasskey(page).open()

    sign_in.use_passkey()

    sign_in.says("That took too long. Try again once you are ready.")


def test_a_browser_without_passkeys_is_told_what_to_use_instead(page: Page) -> None:
    page.add_init_script("delete window.PublicKeyCredential")
    SignInPage(page).open()

    expect(page.get_by_text("Passkeys need a newer browser with JavaScript.")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()


@pytest.mark.parametrize("script", [False])
def test_without_script_the_page_says_what_to_use_instead(page: Page) -> None:
    SignInPage(page).open()

    expect(page.get_by_text("Passkeys need a newer browser with JavaScript.")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()


def test_the_pages_of_passkeys_are_judged_like_the_others(
    page: Page,
    member: Person,
    phone: Authenticator,
    check: Callable[[], None],  # noqa: F811 - the fixture
) -> None:
    signed_in(page, member)
    passkeys = PasskeysPage(page).open()
    check()
    add = AddPasskeyPage(page).open()
    check()
    phone.touched(yes=False)
    add.use_passkey()
    expect(add.said).to_have_text("Your browser is asking you now.")
    check()
    phone.touched(yes=True)
    AddPasskeyPage(page).open().use_passkey()
    passkeys.shown()
    check()
    passkeys.follow(f"Rename {passkeys.names()[0]}")
    rename = RenamePasskeyPage(page).shown()
    rename.fill("Name", "")
    rename.press("Save name")
    rename.refuses("Name", "Give it a name that you will know it by.")
    check()
    phone.forge(isBogusSignature=True)
    phone.touched(yes=False)
    HomePage(page).open().sign_out(member.name)
    signs_in(page, phone)
    SignInByPasskey(page).says(REFUSED)
    check()
    phone.forge()
    SignInByPasskey(page).use_passkey()
    HomePage(page).shown()
    passkeys.open().follow(f"Remove {passkeys.names()[0]}")
    RemovePasskeyPage(page).shown()
    check()


def _with_no_time(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, json=answer.json() | {"timeout": 1000})
