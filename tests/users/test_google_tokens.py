"""ID tokens that lie about who made them, for whom, when, or how they want to be checked: none opens anything."""

import base64
import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from litestar import Litestar

from app import crypto, db
from app.users.google import provider, tokens
from tests.cast import Cast
from tests.database import Clock
from tests.users.oidc import CLIENT, ISSUER, KEY, Oidc, come_back, depart, linked, oidc, through_google, unsigned
from tests.visitor import Browser

__all__ = ["oidc"]

pytestmark = pytest.mark.anyio

OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
HOUR = 3600


@pytest.fixture
async def visitor(app: Litestar, cast: Cast, oidc: Oidc) -> Browser:
    await linked(cast.mia)
    return Browser(app)


async def nothing_is_open(visitor: Browser) -> None:
    assert visitor.cookie("session") is None
    assert visitor.name == "login.index"
    assert "could not be checked" in visitor.document.text
    assert await db.value('SELECT count(*) FROM "Sessions"') == 0
    assert await db.value('SELECT count(*) FROM "GoogleOffers"') == 0
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'google.refused\'') == 1


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "no nonce": {"nonce": None},
    "another nonce": {"nonce": "a" * 43},
    "a nonce that is no text": {"nonce": ["x"]},
    "another issuer": {"iss": "https://evil.test"},
    "the issuer without https": {"iss": ISSUER.removeprefix("https://")},
    "the issuer with a slash": {"iss": f"{ISSUER}/"},
    "no issuer": {"iss": None},
    "another client": {"aud": "somebody-else"},
    "no client": {"aud": None},
    "a list of others": {"aud": ["somebody-else"]},
    "us among others": {"aud": [CLIENT, "somebody-else"]},
    "given to another": {"azp": "somebody-else"},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "9999999999"},
    "true as the end": {"exp": True},
    "no beginning": {"iat": None},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 1001},
    "a subject that only looks alike": {"sub": "１００１"},
    "a long subject": {"sub": "1" * 256},
}


@pytest.mark.parametrize("kind", WRONG_CLAIMS)
async def test_a_token_with_a_wrong_claim_opens_nothing(visitor: Browser, oidc: Oidc, kind: str) -> None:
    await through_google(visitor, oidc, **WRONG_CLAIMS[kind])
    await nothing_is_open(visitor)

    await through_google(visitor, oidc)
    assert visitor.name == "account.home", "the same token without the lie opens"


@pytest.mark.parametrize(
    ("claim", "wrong", "right"),
    [("exp", -61, -55), ("iat", 75, 50), ("nbf", 75, 50)],
)
async def test_clocks_may_differ_by_a_minute(visitor: Browser, oidc: Oidc, claim: str, wrong: int, right: int) -> None:
    seconds = int((await db.now()).timestamp())
    await through_google(visitor, oidc, **{claim: seconds + wrong})
    await nothing_is_open(visitor)

    await through_google(visitor, oidc, **{claim: int((await db.now()).timestamp()) + right})

    assert visitor.name == "account.home"


async def test_the_databases_clock_judges(visitor: Browser, oidc: Oidc, clock: Clock) -> None:
    await clock.advance(days=30)
    seconds = int((await db.now()).timestamp())
    await through_google(visitor, oidc, iat=seconds - 29 * 24 * HOUR, exp=seconds - 29 * 24 * HOUR + HOUR)

    await nothing_is_open(visitor)


def by_public_key(token: str) -> str:
    """HS256 with the bytes of the public key as the secret (CVE-2022-29217)."""
    head = {"alg": "HS256", "kid": "one"}
    payload = token.split(".")[1]
    signing = f"{tokens_part(head)}.{payload}"
    signature = hmac.digest(KEY.as_pem(private=False), signing.encode(), sha256)
    return f"{signing}.{_b64(signature)}"


def tokens_part(head: dict[str, Any]) -> str:
    return _b64(json.dumps(head).encode())


def _b64(data: bytes) -> str:
    return crypto.url_safe(data)


def with_another_payload(token: str) -> str:
    head, _payload, signature = token.split(".")
    return f"{head}.{_b64(json.dumps({'sub': '1001'}).encode())}.{signature}"


def with_a_flipped_bit(token: str) -> str:
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


FORGERIES: dict[str, Callable[[str], str]] = {
    "alg none": unsigned,
    "HS256 with the public key": by_public_key,
    "another payload": with_another_payload,
    "a flipped bit": with_a_flipped_bit,
    "no signature": lambda token: f"{token.rpartition('.')[0]}.",
    "two parts": lambda token: token.rpartition(".")[0],
    "JSON serialisation": lambda token: json.dumps(dict(zip("abc", token.split("."), strict=True))),
    "no token": lambda _token: "x",
    "letters of another script": lambda _token: "é.é.é",
    "nothing": lambda _token: "",
}


@pytest.mark.parametrize("kind", FORGERIES)
async def test_a_forged_token_opens_nothing(visitor: Browser, oidc: Oidc, kind: str) -> None:
    oidc.token = FORGERIES[kind]

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)


@pytest.mark.parametrize("crit", [["x"], ["exp"], ["b64"], [], "kid"])
async def test_a_token_that_demands_something_critical_is_refused(visitor: Browser, oidc: Oidc, crit: Any) -> None:
    def demanding(token: str) -> str:
        claims = json.loads(_decoded(token.split(".")[1]))
        head = {"alg": "RS256", "kid": "one", "x": 1, "exp": 1, "b64": True, "crit": crit}
        signing = f"{tokens_part(head)}.{_b64(json.dumps(claims).encode())}"
        signature = JWSRegistry.algorithms["RS256"].sign(signing.encode(), KEY)
        return f"{signing}.{_b64(signature)}"

    oidc.token = demanding

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)


async def test_a_key_that_the_token_brings_along_is_not_used(visitor: Browser, oidc: Oidc) -> None:
    oidc.key = OTHER
    oidc.header = {"jwk": OTHER.as_dict(private=False), "jku": "https://evil.test/keys"}

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)
    assert not [request for request in oidc.asked if request.url.host == "evil.test"]


async def test_a_symmetric_key_among_the_published_ones_is_passed_over(visitor: Browser, oidc: Oidc) -> None:
    oidc.published = [OctKey.import_key(b"x" * 32, {"kid": "one"})]
    oidc.key, oidc.alg = oidc.published[0], "HS256"

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_a_key_that_is_too_short_is_passed_over(visitor: Browser, oidc: Oidc) -> None:
    oidc.key = RSAKey.generate_key(1024, {"kid": "one", "use": "sig"})
    oidc.published = [oidc.key]

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)


async def test_a_key_for_encryption_signs_nothing(visitor: Browser, oidc: Oidc) -> None:
    published = RSAKey.import_key(KEY.as_dict(private=True) | {"use": "enc"})
    oidc.published = [published]

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)


async def test_an_elliptic_key_signs_too(visitor: Browser, oidc: Oidc) -> None:
    oidc.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
    oidc.published, oidc.alg = [oidc.key], "ES256"

    await through_google(visitor, oidc)

    assert visitor.name == "account.home"


@pytest.mark.parametrize(("published", "opens"), [([KEY], True), ([KEY, OTHER], False)])
async def test_a_token_that_names_no_key_means_the_only_one(
    visitor: Browser, oidc: Oidc, published: list[RSAKey], *, opens: bool
) -> None:
    oidc.published, oidc.header = published, {"kid": None}

    await through_google(visitor, oidc)

    assert (visitor.name == "account.home") is opens


async def test_the_algorithm_must_fit_the_key(visitor: Browser, oidc: Oidc) -> None:
    oidc.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
    oidc.alg = "ES256"  # published is the RSA key of that name

    await through_google(visitor, oidc)

    await nothing_is_open(visitor)


async def test_a_new_key_is_picked_up_once(visitor: Browser, oidc: Oidc, monkeypatch: pytest.MonkeyPatch) -> None:
    await through_google(visitor, oidc)
    await visitor.submit("/logout")
    oidc.key, oidc.published, oidc.header = OTHER, [KEY, OTHER], {"kid": "two"}
    provider.current()._keys_at -= provider.PAUSE_SECONDS + 1  # noqa: SLF001 - time passes

    for _time in range(3):
        await through_google(visitor, oidc)
        assert visitor.name == "account.home"
        await visitor.submit("/logout")

    assert oidc.paths().count("/keys") == 2


async def test_unknown_keys_do_not_make_us_ask_again_and_again(visitor: Browser, oidc: Oidc) -> None:
    await through_google(visitor, oidc)
    await visitor.submit("/logout")
    oidc.header = {"kid": "nobody's"}
    for _time in range(3):
        await through_google(visitor, oidc)
        assert visitor.cookie("session") is None

    assert oidc.paths().count("/keys") == 1


async def test_a_token_answers_its_own_question_only(visitor: Browser, oidc: Oidc) -> None:
    """An ID token that was seen before does not open a second session (allauth 64.2.0)."""
    seen: list[str] = []

    def keep(token: str) -> str:
        seen.append(token)
        return seen[0]

    oidc.token = keep
    await through_google(visitor, oidc)
    await visitor.submit("/logout")
    await db.execute('DELETE FROM "Sessions"')

    await through_google(visitor, oidc)

    assert len(set(seen)) == 2
    await nothing_is_open(visitor)


async def test_a_code_needs_the_verifier_of_its_own_question(visitor: Browser, oidc: Oidc) -> None:
    """A code that was stolen on its way is worth nothing in another flow (PKCE, RFC 7636)."""
    stolen = oidc.grant(await depart(visitor))
    own = await depart(visitor)

    await visitor.open(f"/login/google/callback?state={own['state']}&code={stolen}")

    await nothing_is_open(visitor)


async def test_headers_and_claims_nobody_asked_for_do_not_matter(visitor: Browser, oidc: Oidc) -> None:
    oidc.header = {"typ": "JWT", "cty": "x"}
    asked = await depart(visitor)

    await come_back(visitor, oidc, asked, azp=CLIENT, aud=[CLIENT], at_hash="x", locale="fr", jti="1")

    assert visitor.name == "account.home"


def test_what_is_no_key_is_passed_over() -> None:
    listed: list[Any] = [None, "x", {}, {"kty": "RSA"}, {"kty": "RSA", "n": "!", "e": "!"}, {"kty": "EC", "crv": "x"}]

    assert tokens.keys_of({"keys": listed}) == {}
    assert tokens.keys_of({"keys": "x"}) == {}
    assert tokens.keys_of({}) == {}


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")
