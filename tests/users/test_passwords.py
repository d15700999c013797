"""What makes a password good enough."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Rejected
from app.users import passwords
from tests.conftest import configured

MIA = ("Mia Müller", "mia.mueller", "Acme Corp")


def refusal(password: str, about: tuple[str, ...] = ()) -> str:
    with pytest.raises(Rejected) as no:
        passwords.check(password, field="password", about=about)
    assert no.value.field == "password"
    return no.value.message


def test_length_counts_characters_not_bytes() -> None:
    assert "12 characters" in refusal("kurz-und-so")
    assert passwords.check("lampe-wolke-9", field="password", about=())
    assert passwords.check("🦊🐢🦉🐝🦋🐙🦀🐬🦔🐌🦜🐉", field="password", about=())


def test_the_least_length_is_a_setting() -> None:
    configured(password_min_length=15)

    assert "15 characters" in refusal("lampe-wolke-9x")


def test_too_long_is_refused_before_any_work() -> None:
    assert "256" in refusal("x" * 257)


@pytest.mark.parametrize(
    "password", ["passwordpassword", "123456789012", "qwertyuiop12", "aaaaaaaaaaaaaaaa", "iloveyou1234"]
)
def test_passwords_that_are_tried_first_are_refused_with_the_reason(password: str) -> None:
    assert "tried first" in refusal(password)


@pytest.mark.parametrize(
    "password", ["acmecorp-portal-2026", "MiaMueller2026!", "mia.mueller.1990", "portico-2026-11", "Acme-Corp-1234"]
)
def test_passwords_built_on_the_person_or_the_place_are_refused(password: str) -> None:
    assert "built on" in refusal(password, MIA)


def test_a_word_of_the_person_among_others_is_no_harm() -> None:
    assert passwords.check("mia-likes-blue-harbours", field="password", about=MIA)


def test_no_composition_is_demanded() -> None:
    assert passwords.check("harbour lantern quiet", field="password", about=())


def test_two_ways_to_type_a_letter_are_one_password() -> None:
    assert passwords.check("u\u0308ber-lampe-wolke", field="p", about=()) == passwords.normal("\u00fcber-lampe-wolke")


@given(st.sets(st.text(min_size=1, max_size=20), min_size=1, max_size=40), st.text(max_size=20))
def test_the_list_of_stolen_passwords_is_searched_exactly(stolen: set[str], other: str) -> None:
    sums = sorted(hashlib.sha1(passwords.normal(word).encode()).hexdigest().upper() for word in stolen)
    with tempfile.NamedTemporaryFile("w") as listed:
        listed.write("".join(f"{line}:{number}\n" for number, line in enumerate(sums)))
        listed.flush()
        configured(breached_passwords=Path(listed.name))

        assert all(passwords.is_breached(word) for word in stolen)
        assert passwords.is_breached(other) == (passwords.normal(other) in {passwords.normal(word) for word in stolen})


def test_a_stolen_password_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "stolen.txt"
    listed.write_text(hashlib.sha1(b"lampe-wolke-neun").hexdigest().upper() + ":3\n")
    configured(breached_passwords=listed)

    assert "stolen" in refusal("lampe-wolke-neun")
