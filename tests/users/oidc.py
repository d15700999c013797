"""An OpenID provider in the hands of the tests: it can lie, be slow, be gone, and it notes what it was asked."""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from litestar import Litestar

from app import db
from app.users.google import provider
from tests.cast import Cast
from tests.conftest import configured
from tests.visitor import Browser

ISSUER = "https://accounts.google.test"
CLIENT = "portico.apps.google.test"
SECRET = "the client's secret"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Oidc:
    """Signs what it is told to. `header`, `claims` and `token` change the next ID tokens; None takes a claim out."""

    def __init__(self) -> None:
        self.key: RSAKey | ECKey | OctKey = KEY
        self.published: list[Any] = [self.key]
        self.alg = "RS256"
        self.header: dict[str, Any] = {}
        self.token: Callable[[str], str] = lambda token: token
        self.metadata: dict[str, Any] = {}
        self.asked: list[httpx.Request] = []
        self.down: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
        self.seconds = 0.0
        self._grants: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]

    def grant(self, asked: dict[str, str], **claims: Any) -> str:
        """What the person's "yes" at the provider gives: a code for the question `asked`."""
        code = f"code-{len(self._grants)}"
        self._grants[code] = (asked, claims)
        return code

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await asyncio.sleep(self.seconds)
        if answer := self.down(request):
            return answer
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self._described())
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
        return await self._token(request)

    def _described(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        } | self.metadata

    async def _token(self, request: httpx.Request) -> httpx.Response:
        sent = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked, changes = self._grants.pop(sent["code"], ({}, {}))
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked.get("code_challenge") or sent["redirect_uri"] != asked["redirect_uri"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        seconds = int((await db.now()).timestamp())
        said = {
            "iss": ISSUER,
            "aud": asked["client_id"],
            "sub": "1001",
            "iat": seconds,
            "exp": seconds + 3600,
            "nonce": asked["nonce"],
            "email": "gil@gmail.com",
            "email_verified": True,
            "name": "Gil Grant",
        } | changes
        said = {name: value for name, value in said.items() if value is not None}
        header = {"alg": self.alg, "kid": "one"} | self.header
        header = {name: value for name, value in header.items() if value is not None}
        token = jwt.encode(header, said, self.key, algorithms=[self.alg])
        return httpx.Response(200, json={"access_token": "x", "token_type": "Bearer", "id_token": self.token(token)})


@pytest.fixture
def oidc() -> Iterator[Oidc]:
    """Google is configured, and this is it."""
    configured(google_client_id=CLIENT, google_client_secret=SECRET, google_issuer=ISSUER)
    provider._provider.cache_clear()  # noqa: SLF001 - each test meets it anew
    made = Oidc()
    provider.current()._http = httpx.AsyncClient(transport=httpx.MockTransport(made.handle))  # noqa: SLF001 - the network
    yield made
    provider._provider.cache_clear()  # noqa: SLF001 - as above


@pytest.fixture
async def visitor(app: Litestar, cast: Cast, oidc: Oidc) -> Browser:
    return Browser(app)


async def count(table: str) -> int:
    return int(await db.value(f'SELECT count(*) FROM "{table}"'))  # noqa: S608 - a constant of the test


async def depart(visitor: Browser, path: str = "/login", action: str = "/login/google") -> dict[str, str]:
    """Presses the button; gives what the provider is asked."""
    await visitor.open(path)
    await visitor.submit(action)
    return question(visitor)


def question(visitor: Browser) -> dict[str, str]:
    """What the page on the way to the provider carries along."""
    assert visitor.name == "leaving", visitor.page.text
    found = re.search(r'content="0; url=([^"]+)"', visitor.page.text)
    assert found
    return {name: values[0] for name, values in parse_qs(urlsplit(unescape(found[1])).query).items()}


async def come_back(visitor: Browser, oidc: Oidc, asked: dict[str, str], **claims: Any) -> None:
    """The provider sends the browser back with a code."""
    code = oidc.grant(asked, **claims)
    await visitor.open(f"/login/google/callback?state={asked['state']}&code={code}")


async def through_google(visitor: Browser, oidc: Oidc, path: str = "/login", /, **claims: Any) -> None:
    await come_back(visitor, oidc, await depart(visitor, path), **claims)


async def linked(email: str, subject: str = "1001", google: str = "gil@gmail.com") -> None:
    """An account that Google opens."""
    await db.execute('UPDATE "Users" SET "googleId" = $2 WHERE "email" = $1', email, subject)
    await db.execute(
        'INSERT INTO "GoogleLinks" ("userId", "email", "linkedAt")'
        ' SELECT "id", $2, app_now() FROM "Users" WHERE "email" = $1',
        email,
        google,
    )


def unsigned(token: str) -> str:
    """The same claims under alg none (CVE-2015-9235)."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."
