"""The second step: an authenticator app from its QR code to its removal, backup codes, remembered devices."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import HomePage, SignInPage, SignOutPage
from e2e.people import Person
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.totp_pages import (
    SIX_DIGITS,
    USED_OR_WRONG,
    BackupCodesPage,
    DevicesPage,
    NewCodesPage,
    SecondStepPage,
    TotpPage,
    code_of,
)
from e2e.ways import with_and_without_script

__all__ = ["check"]


def sign_out(page: Page) -> None:
    SignOutPage(page).open()
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    SignInPage(page).shown()


def first_step(page: Page, member: Person) -> SecondStepPage:
    SignInPage(page).open().sign_in(member.email, member.password)
    return SecondStepPage(page).shown()


@with_and_without_script
def test_an_app_is_set_up_and_asked_for_at_the_next_sign_in_and_no_code_works_twice(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox, database: Database, script: bool
) -> None:
    signed_in(page, member)
    totp = TotpPage(page).open()
    key = totp.begin()
    totp.confirm("12")
    totp.shown().refuses("Code from the app", SIX_DIGITS)
    assert totp.key == key
    at_set_up = code_of(key)
    totp.confirm(at_set_up)
    codes = NewCodesPage(page).shown().codes
    mailbox.together(member.email, "Your authenticator app is set up", "New backup codes were made")
    sign_out(page)

    step = first_step(page, member)
    expect(page.get_by_text(member.email)).to_be_visible()
    step.enter("12")
    step.refuses("Code", SIX_DIGITS)
    step.enter(at_set_up)
    step.shown().refuses("Code", USED_OR_WRONG)
    database.forget_step(member.email)
    used = code_of(key)
    step.enter(used)
    HomePage(page).greets(member.name)

    elsewhere = new_page(java_script_enabled=script)
    step = first_step(elsewhere, member)
    step.enter(used)
    step.shown().refuses("Code", USED_OR_WRONG)
    step.use("Use a backup code").enter_backup_code(codes[0].lower().replace("-", " "))
    HomePage(elsewhere).greets(member.name)
    sign_out(elsewhere)
    step = first_step(elsewhere, member).use("Use a backup code")
    step.enter_backup_code(codes[0])
    expect(step.shown().field("Backup code")).to_have_attribute("aria-invalid", "true")


@with_and_without_script
def test_backup_codes_are_saved_as_a_file_and_replaced(page: Page, member: Person, script: bool) -> None:
    signed_in(page, member)
    TotpPage(page).set_up()
    new = NewCodesPage(page).shown()
    codes = new.codes
    saved = new.save()
    assert saved.suggested_filename == "backup-codes.txt"
    text = Path(saved.path()).read_text()
    assert [line for line in text.splitlines() if line in codes] == codes
    assert page.get_by_role("button", name="Print").is_visible() is script
    saved = new.save()
    assert Path(saved.path()).read_text() == text, "a second time too"

    backup = BackupCodesPage(page).open()
    expect(page.get_by_text("10 codes are left")).to_be_visible()
    expect(page.get_by_text(codes[0])).to_have_count(0)
    backup.renew()
    assert not set(NewCodesPage(page).shown().codes) & set(codes)


def test_a_remembered_device_is_not_asked_until_it_is_forgotten(page: Page, member: Person, database: Database) -> None:
    signed_in(page, member)
    key = TotpPage(page).set_up()
    sign_out(page)
    database.forget_step(member.email)
    first_step(page, member).enter(code_of(key), remember=True)
    HomePage(page).greets(member.name)
    sign_out(page)
    SignInPage(page).open().sign_in(member.email, member.password)
    HomePage(page).greets(member.name)

    DevicesPage(page).open()
    expect(page.get_by_text("Remembered", exact=True)).to_be_visible()
    expect(page.get_by_text("This device")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Forget .*Chrome")).click()
    expect(DevicesPage(page).shown().told).to_contain_text("The device is forgotten")
    sign_out(page)
    step = first_step(page, member)
    database.forget_step(member.email)
    step.enter(code_of(key))
    HomePage(page).greets(member.name)


def test_a_replacement_ends_the_old_app(page: Page, member: Person, database: Database) -> None:
    signed_in(page, member)
    old = TotpPage(page).set_up()
    totp = TotpPage(page).open()
    totp.press("Replace the app")
    new = totp.key
    totp.confirm(code_of(new))
    expect(page).to_have_url("/account/security")
    sign_out(page)
    database.forget_step(member.email)

    step = first_step(page, member)
    step.enter(code_of(old))
    step.shown().refuses("Code", USED_OR_WRONG)
    step.enter(code_of(new))

    HomePage(page).greets(member.name)


def test_five_wrong_codes_lead_back_to_the_start(page: Page, member: Person) -> None:
    signed_in(page, member)
    TotpPage(page).set_up()
    sign_out(page)
    step = first_step(page, member)
    for _try in range(4):
        step.enter("000000")
        step.shown().refuses("Code", USED_OR_WRONG)

    step.enter("000000")

    expect(SignInPage(page).shown().told).to_contain_text("wrong five times")


def test_the_pages_of_the_second_step(page: Page, member: Person, check: Callable[[], None]) -> None:
    signed_in(page, member)
    for empty in (TotpPage(page), BackupCodesPage(page), DevicesPage(page)):
        empty.open()
        check()
    page.goto("/account/security/two-step")
    check()
    totp = TotpPage(page).open()
    key = totp.begin()
    check()
    totp.confirm("12")
    totp.refuses("Code from the app", SIX_DIGITS)
    check()
    totp.confirm(code_of(key))
    NewCodesPage(page).shown()
    check()
    TotpPage(page).open()
    check()
    BackupCodesPage(page).open()
    check()
    page.goto("/account/security/two-step")
    check()
    sign_out(page)
    step = first_step(page, member)
    check()
    step.enter("12")
    step.refuses("Code", SIX_DIGITS)
    check()
    step.use("Use a backup code")
    check()
