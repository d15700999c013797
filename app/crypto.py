"""Secrets: password hashes, tokens, encryption at rest. The only module that imports argon2.

All keys are derived from SECRET_KEY by HKDF (RFC 5869), one for each purpose, so that no two uses share a key.
Every ciphertext begins with the id of its key: the first SECRET_KEY encrypts, all of them decrypt.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.config import PasswordCost, settings
from app.errors import Busy

T = TypeVar("T")

MOST_WAITING = 24
"""Hashes that may wait in one process; at 0.1 s each nobody waits longer than about 3 s. Beyond: Busy (503)."""


_SCRAM_ITERATIONS = 4096  # PostgreSQL's own; the passwords are random and long


class CannotDecrypt(Exception):
    """The value was made under a key that is no longer in SECRET_KEY, or was tampered with."""


class Token(NamedTuple):
    """A bearer secret: `plain` leaves the server once, `digest` is what is stored."""

    plain: str
    digest: bytes

    def __repr__(self) -> str:
        """Without the secret, as of everything that holds one: what is shown may end in a log."""
        return "Token(…)"


def new_token() -> Token:
    """256 random bits; found again by the digest, so a database reader learns nothing usable."""
    plain = secrets.token_urlsafe(32)
    return Token(plain, digest(plain))


def digest(token: str) -> bytes:
    """SHA-256; enough because tokens are random and long (>= 128 bits), unlike passwords."""
    return hashlib.sha256(token.encode()).digest()


def url_safe(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_code() -> str:
    """Six decimal digits, about 20 bits: only for codes with an attempt counter and a short life."""
    return f"{secrets.randbelow(1_000_000):06d}"


def mac(purpose: str, data: bytes) -> bytes:
    """HMAC-SHA-256 under the newest key of `purpose`."""
    return hmac.digest(_keys(purpose)[0][1], data, "sha256")


def macs(purpose: str, data: bytes) -> list[bytes]:
    """The MACs of `data` under every key still in use, newest first: to find what was stored under an older one."""
    return [hmac.digest(key, data, "sha256") for _id, key in _keys(purpose)]


def mac_matches(purpose: str, data: bytes, given: bytes) -> bool:
    """Whether `given` is a MAC of `data` under any key still in use, in constant time."""
    return any(hmac.compare_digest(hmac.digest(key, data, "sha256"), given) for _id, key in _keys(purpose))


def encrypt(purpose: str, plaintext: bytes, context: bytes) -> bytes:
    """AES-256-GCM with a random nonce; `context` (such as the row's id) must be the same to decrypt."""
    key_id, key = _keys(purpose)[0]
    nonce = os.urandom(12)
    return key_id + nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def decrypt(purpose: str, ciphertext: bytes, context: bytes) -> bytes:
    """The plaintext of `encrypt`. Raises CannotDecrypt."""
    for key_id, key in _keys(purpose):
        if hmac.compare_digest(key_id, ciphertext[:4]):
            try:
                return AESGCM(key).decrypt(ciphertext[4:16], ciphertext[16:], context)
            except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce or a tag
                break
    raise CannotDecrypt(purpose)


def encrypt_stable(purpose: str, plaintext: bytes, context: bytes) -> bytes:
    """AES-SIV (RFC 5297): equal plaintexts give equal ciphertexts, so a UNIQUE column keeps its meaning."""
    key_id, key = _keys(purpose, 64)[0]
    return key_id + AESSIV(key).encrypt(plaintext, [context])


def decrypt_stable(purpose: str, ciphertext: bytes, context: bytes) -> bytes:
    """The plaintext of `encrypt_stable`. Raises CannotDecrypt."""
    for key_id, key in _keys(purpose, 64):
        if hmac.compare_digest(key_id, ciphertext[:4]):
            try:
                return AESSIV(key).decrypt(ciphertext[4:], [context])
            except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce or a tag
                break
    raise CannotDecrypt(purpose)


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5802 section 3, RFC 7677): given this, it never sees the password,
    nor does its log. For passwords in ASCII, which need no SASLprep.
    """
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt_text, stored_text, server_text = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{salt_text}${stored_text}:{server_text}"


@contextmanager
def room() -> Iterator[None]:
    """Keeps a place for the hashes of this task: what is counted before a hash is then looked at too.

    Raises Busy when too many wait.
    """
    hashing = _hashing()
    if hashing.waiting >= MOST_WAITING:
        raise Busy
    hashing.waiting += 1
    token = _has_room.set(True)
    try:
        yield
    finally:
        _has_room.reset(token)
        hashing.waiting -= 1


async def hash_password(password: str) -> str:
    """An Argon2id hash in PHC form, made in a thread. Raises Busy when too many wait."""
    return await _hashing().run(_hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is right; without a stored hash it costs the same and is False. Raises Busy."""
    return await _hashing().run(_verify, stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with another cost than is configured now."""
    return _hasher().check_needs_rehash(stored)


def _keys(purpose: str, length: int = 32) -> tuple[tuple[bytes, bytes], ...]:
    """(id, key) of each SECRET_KEY for a purpose, newest first."""
    return _derived(settings().secret_keys, purpose, length)


@lru_cache(maxsize=64)
def _derived(secret_keys: tuple[str, ...], purpose: str, length: int) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (
            hashlib.sha256(b"portico key id\0" + secret.encode()).digest()[:4],
            HKDF(SHA256(), length, None, f"portico {purpose}".encode()).derive(secret.encode()),
        )
        for secret in secret_keys
    )


def _hasher() -> PasswordHasher:
    return _hasher_of(settings().password_cost)


@lru_cache(maxsize=4)
def _hasher_of(cost: PasswordCost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)


@lru_cache(maxsize=4)
def _decoy(cost: PasswordCost) -> str:
    """What a password is compared with when there is no account or no password: the same work, never right."""
    return _hasher_of(cost).hash(secrets.token_urlsafe(32))


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher().verify(stored or _decoy(settings().password_cost), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


_has_room: ContextVar[bool] = ContextVar("has_room", default=False)


class _Hashing:
    """One thread at the lowest priority: pages stay quick while it works, and memory stays bounded."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1, "argon2", initializer=_start_hashing)
        self.waiting = 0

    async def run(self, work: Callable[..., T], *arguments: str | None) -> T:
        with nullcontext() if _has_room.get() else room():
            return await asyncio.get_running_loop().run_in_executor(self.pool, work, *arguments)


def _start_hashing() -> None:
    """On Linux a thread has its own priority, inherited by the lanes that Argon2 starts."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, 19)
    _decoy(settings().password_cost)


@lru_cache(maxsize=1)
def _hashing() -> _Hashing:
    return _Hashing()
