"""The QA kit as scripts use it, in tests: asks for people, and gives their browsers and authenticators."""

from base64 import b64decode
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from litestar import Litestar

from tests.authenticator import Authenticator
from tests.visitor import Browser

Json = dict[str, Any]
MAKE, AGE = "/dev/qa/make", "/dev/qa/age"


async def post(app: Litestar, path: str, body: Json | bytes, **headers: str) -> httpx.Response:
    """As curl does: no cookies, no token of a page."""
    named = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    http = Browser(app).http
    if isinstance(body, bytes):
        return await http.post(path, content=body, headers=named)
    return await http.post(path, json=body, headers=named)


async def make(app: Litestar, state: str, **order: Any) -> Json:
    answer = await post(app, MAKE, {"person": state} | order)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


async def age(app: Litestar, person: str, by: str) -> Json:
    answer = await post(app, AGE, {"person": person, "by": by})
    assert answer.status_code == 200, answer.text
    aged: Json = answer.json()
    return aged


def holding(app: Litestar, made: Json) -> Browser:
    """A browser with the cookies that came with the person."""
    browser = Browser(app)
    for cookie in made["storageState"]["cookies"]:
        browser.plant(cookie["name"], cookie["value"])
    return browser


def authenticator(credential: Json) -> Authenticator:
    """What a virtual authenticator does once it is given the credential."""
    held = Authenticator(synced=False, count=credential["signCount"])
    held.id = b64decode(credential["credentialId"])
    held.handle = b64decode(credential["userHandle"])
    private = load_der_private_key(b64decode(credential["privateKey"]), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    held.key.sign = lambda data: private.sign(data, ec.ECDSA(SHA256()))
    return held


async def sign_in(browser: Browser, made: Json) -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=made["email"], password=made["password"])
    return browser


async def signs_in(app: Litestar, made: Json) -> None:
    assert "storageState" not in made
    browser = await sign_in(Browser(app), made | {"password": "not the password"})
    assert browser.page.status_code == 422
    await sign_in(browser, made)
    assert browser.name == "account.home"
    assert made["name"] in browser.document.text


async def is_signed_in(app: Litestar, made: Json) -> None:
    browser = holding(app, made)
    await browser.open("/account/password")  # asks for a fresh proof, and there is one
    assert browser.name == "password.index"
