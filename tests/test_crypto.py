"""Secrets at rest: keys that change, values that were moved or altered, and more hashing than can be done."""

import asyncio
from collections.abc import Callable

import pytest

from app import crypto
from app.config import PasswordCost
from app.crypto import CannotDecrypt
from app.errors import Busy
from tests.conftest import SETTINGS, configured

OLD = SETTINGS.secret_keys[0]
NEW = "another-another-another-another-key"

Cipher = Callable[[str, bytes, bytes], bytes]

PAIRS = [(crypto.encrypt, crypto.decrypt), (crypto.encrypt_stable, crypto.decrypt_stable)]
both = pytest.mark.parametrize(("seal", "unseal"), PAIRS, ids=["encrypt", "encrypt_stable"])


@both
def test_what_was_encrypted_is_read_again(seal: Cipher, unseal: Cipher) -> None:
    for plain in (b"", b"x", b"\0" * 10_000):
        sealed = seal("totp", plain, b"row 1")
        assert unseal("totp", sealed, b"row 1") == plain
        assert not plain or plain not in sealed or len(plain) == 1


@both
def test_a_value_in_another_row_or_of_another_use_is_refused(seal: Cipher, unseal: Cipher) -> None:
    sealed = seal("totp", b"secret", b"row 1")
    for purpose, context in (("totp", b"row 2"), ("totp", b""), ("mail", b"row 1")):
        with pytest.raises(CannotDecrypt):
            unseal(purpose, sealed, context)

    assert unseal("totp", sealed, b"row 1") == b"secret"


@both
def test_an_altered_value_is_refused_wherever_it_was_altered(seal: Cipher, unseal: Cipher) -> None:
    sealed = seal("totp", b"secret", b"row")
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(CannotDecrypt):
            unseal("totp", altered, b"row")


@both
@pytest.mark.parametrize("length", [0, 3, 4, 5, 15, 16, 17, 20, 25])
def test_a_value_that_was_cut_off_is_refused(seal: Cipher, unseal: Cipher, length: int) -> None:
    with pytest.raises(CannotDecrypt):
        unseal("totp", seal("totp", b"secret", b"row")[:length], b"row")


@both
def test_old_keys_decrypt_until_they_are_taken_away(seal: Cipher, unseal: Cipher) -> None:
    before = seal("totp", b"secret", b"row")
    configured(secret_keys=(NEW, OLD))
    assert unseal("totp", before, b"row") == b"secret"
    after = seal("totp", b"secret", b"row")
    assert after[:4] != before[:4]

    configured(secret_keys=(NEW,))
    assert unseal("totp", after, b"row") == b"secret"
    with pytest.raises(CannotDecrypt):
        unseal("totp", before, b"row")


def test_equal_secrets_look_equal_only_where_a_unique_column_needs_it() -> None:
    assert crypto.encrypt("totp", b"secret", b"row") != crypto.encrypt("totp", b"secret", b"row")
    stable = crypto.encrypt_stable("backup", b"secret", b"row")
    assert stable == crypto.encrypt_stable("backup", b"secret", b"row")
    assert stable != crypto.encrypt_stable("backup", b"secret", b"other")
    assert stable != crypto.encrypt_stable("other", b"secret", b"row")


def test_a_mac_of_an_old_key_still_matches_and_one_of_another_use_never() -> None:
    before = crypto.mac("csrf", b"data")
    assert crypto.mac_matches("csrf", b"data", before)
    assert not crypto.mac_matches("flash", b"data", before)
    assert not crypto.mac_matches("csrf", b"other", before)
    assert not crypto.mac_matches("csrf", b"data", before[:31])

    configured(secret_keys=(NEW, OLD))
    assert crypto.mac("csrf", b"data") != before
    assert crypto.mac_matches("csrf", b"data", before)
    configured(secret_keys=(NEW,))
    assert not crypto.mac_matches("csrf", b"data", before)


def test_tokens_and_codes_are_never_the_same() -> None:
    tokens = {crypto.new_token() for _time in range(200)}
    assert len(tokens) == 200
    assert all(len(token.plain) == 43 and crypto.digest(token.plain) == token.digest for token in tokens)

    codes = [crypto.new_code() for _time in range(200)]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(set(codes)) > 190


@pytest.mark.anyio
async def test_only_the_right_password_matches_its_hash() -> None:
    stored = await crypto.hash_password("quiet-harbour-lantern")
    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert not await crypto.verify_password(stored, "quiet-harbour-lanterm")

    assert await crypto.verify_password(stored, "quiet-harbour-lantern")
    assert stored != await crypto.hash_password("quiet-harbour-lantern")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "stored", [None, "", "x", "$argon2id$v=19$m=64,t=1,p=1$", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$\0"]
)
async def test_what_is_no_hash_matches_nothing(stored: str | None) -> None:
    assert not await crypto.verify_password(stored, "")
    assert not await crypto.verify_password(stored, "quiet-harbour-lantern")


@pytest.mark.anyio
async def test_a_hash_of_another_cost_still_matches_and_is_to_be_renewed() -> None:
    stored = await crypto.hash_password("quiet-harbour-lantern")
    assert not crypto.needs_rehash(stored)

    configured(password_cost=PasswordCost(memory=128, passes=1, lanes=1))
    assert crypto.needs_rehash(stored)
    assert await crypto.verify_password(stored, "quiet-harbour-lantern")


@pytest.mark.anyio
async def test_beyond_what_may_wait_everybody_else_is_told_at_once() -> None:
    configured(password_cost=PasswordCost(memory=8192, passes=1, lanes=1))
    many = crypto.MOST_WAITING + 10
    results = await asyncio.gather(*(crypto.verify_password(None, "x") for _ in range(many)), return_exceptions=True)

    assert sum(isinstance(result, Busy) for result in results) == 10
    assert sum(result is False for result in results) == crypto.MOST_WAITING
    assert not await crypto.verify_password(None, "x")
