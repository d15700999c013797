"""The other side: Google as an OpenID provider (OpenID Connect Core 1.0, code flow with PKCE).

Its addresses and keys are kept for an hour, and asked for once more when a token names a key we do not have. Whatever
goes wrong there is one of two things: it cannot be reached, or what it sent cannot be trusted.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec

from app.config import settings
from app.users.google import tokens
from app.users.google.tokens import Claims, Expected, Untrusted

T = TypeVar("T")

SECONDS = 4.5
"""For all that one sign-in asks of the provider, so that its page is answered within 5 s."""
FRESH_SECONDS = 3600
PAUSE_SECONDS = 60
"""Between two fetches of the keys, whatever tokens name."""
MOST_BYTES = 256 * 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Unreachable(Exception):
    """The provider does not answer, not in time, or with something that is no answer."""


class Answer(NamedTuple):
    """What the browser brought back from the provider."""

    state: str
    code: str
    error: str
    issuer: str | None

    def __repr__(self) -> str:
        return f"Answer(error={self.error!r})"


class _Metadata(msgspec.Struct, frozen=True):
    """What we use of the provider's own description (OpenID Connect Discovery 1.0 section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str

    def __repr__(self) -> str:
        return "_Tokens(…)"


class Provider:
    """One provider, as this process knows it: its addresses and its keys are kept between uses."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._secret = client_secret
        self._metadata: _Metadata | None = None
        self._keys: tokens.Keys = {}
        self._read_at = self._keys_at = -float("inf")
        self._lock = asyncio.Lock()
        local = urlsplit(issuer).hostname in LOOPBACK
        self._http = httpx.AsyncClient(
            timeout=SECONDS,
            trust_env=not local,  # a proxy of the environment leads out of here, never back to this machine
            headers={"accept": "application/json"},
            limits=httpx.Limits(max_keepalive_connections=0),  # people come too seldom for one to be there still
        )

    @property
    def origin(self) -> str:
        """Where `address` leads: known once that was asked for."""
        url = urlsplit(self._metadata.authorization_endpoint if self._metadata else self.issuer)
        return f"{url.scheme}://{url.netloc}"

    async def address(self, *, state: str, nonce: str, challenge: str) -> str:
        """Where to send the browser (Core 3.1.2.1). People choose among their accounts. Raises Unreachable."""
        async with _in_time():
            endpoint = (await self._described()).authorization_endpoint
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": callback(),
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def claims(self, answer: Answer, *, verifier: str, expected: Expected) -> Claims:
        """What the provider says of the person who came back. Raises Unreachable and Untrusted."""
        async with _in_time():
            described = await self._described()
            if answer.issuer is None and described.authorization_response_iss_parameter_supported:
                raise Untrusted("the answer does not name its issuer")
            if answer.issuer not in (None, self.issuer):
                raise Untrusted("the answer is another issuer's")  # RFC 9207 section 2.4
            id_token = await self._exchange(described.token_endpoint, answer.code, verifier)
            key_id = tokens.key_id(id_token)
            return tokens.read(id_token, await self._keys_with(key_id, described.jwks_uri), expected)

    async def _exchange(self, endpoint: str, code: str, verifier: str) -> str:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback(),
            "code_verifier": verifier,
        }
        # RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
        basic = httpx.BasicAuth(quote_plus(self.client_id), quote_plus(self._secret))
        status, body = await self._ask("POST", endpoint, data=sent, auth=basic)
        if status in (400, 401):
            raise Untrusted("the code was refused")
        return _decoded(status, body, _Tokens).id_token

    async def _described(self) -> _Metadata:
        async with self._lock:
            if self._metadata is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                found = _decoded(*await self._ask("GET", address), _Metadata)
                if found.issuer != self.issuer:
                    raise Unreachable("it describes another issuer")  # Discovery 4.3
                if not may_be_asked(found.authorization_endpoint):
                    raise Unreachable("an address there is not https")
                self._metadata, self._read_at = found, time.monotonic()
            return self._metadata

    async def _keys_with(self, key_id: str | None, address: str) -> tokens.Keys:
        """The keys, read again if they are old or this one is not among them, but not at every call."""
        async with self._lock:
            age = time.monotonic() - self._keys_at
            if age > FRESH_SECONDS or (tokens.find(self._keys, key_id) is None and age > PAUSE_SECONDS):
                status, body = await self._ask("GET", address)
                self._keys = tokens.keys_of(_decoded(status, body, dict[str, Any]))
                self._keys_at = time.monotonic()
            return self._keys

    async def _ask(self, method: Literal["GET", "POST"], address: str, **sent: Any) -> tuple[int, bytes]:
        if not may_be_asked(address):
            raise Unreachable("an address there is not https")
        try:
            async with self._http.stream(method, address, **sent) as response:
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise Unreachable("an answer of too many bytes")
                return response.status_code, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(repr(error)) from error


def current() -> Provider:
    """The configured provider. Raises RuntimeError where there is none: routes ask first."""
    chosen = settings()
    if not chosen.google_client_id or not chosen.google_client_secret:
        raise RuntimeError("signing in with Google is not configured")
    return _provider(chosen.google_issuer, chosen.google_client_id, chosen.google_client_secret)


def callback() -> str:
    """The one address that the provider may send people back to."""
    return f"{settings().base_url}/login/google/callback"


def may_be_asked(address: str) -> bool:
    """Secrets travel by https; by http only to this machine, and never in production."""
    url = urlsplit(address)
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK and not settings().production)


@lru_cache(maxsize=2)
def _provider(issuer: str, client_id: str, client_secret: str) -> Provider:
    return Provider(issuer, client_id, client_secret)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """All of one visit within SECONDS; what takes longer is Unreachable."""
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except TimeoutError as error:
        raise Unreachable("it takes too long") from error


def _decoded(status: int, body: bytes, kind: type[T]) -> T:
    if status != 200:
        raise Unreachable(f"it answers {status}")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Unreachable("its answer cannot be read") from error
