"""Mails in words: complete in both forms, one line for a subject, and nothing a person typed does anything."""

import re

import pytest

from app import i18n
from app.config import settings
from app.mail.outbox import EMAILS
from app.mail.rendering import LONGEST_SUBJECT, calm
from tests.conftest import configured
from tests.dom import Elements
from tests.mail.samples import CODE, KINDS, SAMPLES, letter, typed

CANARIES = [
    '<a href="//evil.example">claim</a>',
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}",
    "evil.example",
    "https://evil.example/win",
    "www.evil。example",
    "Mia\r\nBcc: eve@evil.example",
    "Mia\u202egnp.exe",
    "M" * 500,
]


def test_every_mail_has_a_sample_here_and_a_twin() -> None:
    assert sorted(SAMPLES) == KINDS
    for kind in KINDS:
        assert (EMAILS / f"{kind}.html").is_file(), kind


@pytest.mark.parametrize("language", [*i18n.LANGUAGES, i18n.PSEUDO])
@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same_things(kind: str, language: str) -> None:
    found = letter(kind, language=language)
    shown = Elements(found.html)

    for name, value in SAMPLES[kind][1].items():
        assert (f"{CODE[:3]} {CODE[3:]}" if name == "code" else value) in found.text, name
        assert value in shown.text, name
        if name == "link":
            assert [dict(attrs).get("href") for tag, attrs in shown.elements if tag == "a"].count(value) == 2
    if "device" in SAMPLES[kind][0]:
        for body in (found.text, shown.text):
            assert "22 Nov 2026, 14:05 UTC" in body
            assert "Firefox" in body
            assert "Lyon" in body
    assert settings().site_name in found.text
    assert "?" in found.text.split("--")[0], "a mail says what to do if it was somebody else"


@pytest.mark.parametrize("kind", KINDS)
def test_the_subject_is_one_short_line_without_the_code(kind: str) -> None:
    """Subjects show on locked screens and in notifications."""
    found = letter(kind)

    assert found.subject.isprintable()
    assert 5 < len(found.subject) < 70
    assert not re.search(r"\d", found.subject)
    assert not found.subject.startswith(settings().site_name)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_shown_before_the_mail_is_opened_that_lets_somebody_in(kind: str) -> None:
    """In a list of mails the first words of the body stand beside the subject: these are a preview of its own."""
    opening = letter(kind).html.split("<body")[1].split("</div>")[0]

    assert "display:none" in opening
    assert len(Elements(f"<p{opening}").text.strip()) > 10
    assert CODE[:3] not in opening


@pytest.mark.parametrize("canary", CANARIES, ids=range(len(CANARIES)))
@pytest.mark.parametrize("kind", KINDS)
def test_what_people_typed_stays_words(kind: str, canary: str) -> None:
    found, harmless = letter(kind, **typed(kind, canary)), letter(kind)
    shown = Elements(found.html)

    assert shown.elements == Elements(harmless.html).elements
    for body in (found.subject, found.text, shown.text):
        assert "evil.example" not in body
        assert "evil。example" not in body
        assert "://evil" not in body
        assert "\u202e" not in body
        assert "49" not in body
    assert found.subject == harmless.subject
    assert found.text.count("\n") == harmless.text.count("\n")


def test_no_mail_to_an_unproven_address_carries_words_of_whoever_typed_it() -> None:
    """Else anybody could have this server deliver a message of theirs to anybody."""
    found = letter("signup/code", name="Call 555 0100 to keep your money")

    assert "555" not in found.text
    assert "555" not in found.html


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Mia", "Mia"),
        ("  Zoë \n van  Dyke ", "Zoë van Dyke"),
        ("نرگس\u200cخانم", "نرگس\u200cخانم"),
        ("Dr. Who", "Dr. Who"),
        ("evil.example", "evil.\u2060example"),
        ("a@b", "a@\u2060b"),
        ("x" * 81, "x" * 79 + "…"),
    ],
)
def test_calm_keeps_names_and_breaks_links(typed: str, shown: str) -> None:
    assert calm(typed) == shown


def test_optional_things_may_be_missing() -> None:
    found = letter("recover/done", name=None, device=None, place=None)

    assert "None" not in found.text
    assert "Place" not in found.text
    assert "Hello" not in Elements(found.html).text


def test_an_unknown_language_is_written_in_the_first() -> None:
    assert letter("recover/done", language="xx-../..") == letter("recover/done")


def test_the_links_of_the_operator_stand_in_every_mail() -> None:
    configured(terms_url="https://portal.example/terms", privacy_url="https://portal.example/privacy")
    for kind in KINDS:
        found = letter(kind)
        for url in ("https://portal.example/terms", "https://portal.example/privacy"):
            assert url in found.text
            assert url in found.html


def test_a_subject_never_ends_up_as_two_lines_or_endless() -> None:
    configured(site_name="S" * 400)
    for kind in KINDS:
        assert len(letter(kind).subject) <= LONGEST_SUBJECT
