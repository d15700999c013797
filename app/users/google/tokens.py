"""Whether an ID token can be trusted, step by step as OpenID Connect Core 1.0 section 3.1.3.7 lists them.

Only the algorithms and keys chosen here count: whatever a token says about how it wants to be checked (`jku`, `jwk`,
`x5u`, another `alg`) is not followed.
"""

import hmac
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

from app import crypto

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
SKEW_SECONDS = 60
LEAST_RSA_BITS = 2048
GOOGLES_OWN = ("gmail.com", "googlemail.com")

# Headers nobody registered are none of our business; those that are critical to the sender are refused below.
_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)

Keys = Mapping[str | None, RSAKey | ECKey]


class Untrusted(Exception):
    """What came cannot be trusted; the message says why, for the history, and holds nothing of what came."""


class Expected(NamedTuple):
    """What a token must say to be the answer to our question. `now` is the database's time, in UTC."""

    issuer: str
    client_id: str
    nonce_hash: bytes
    now: datetime


class Claims(msgspec.Struct, frozen=True):
    """What a trusted token says of a person. `subject` names them at the provider for ever, an address may change."""

    subject: str
    email: str
    vouched: bool
    name: str


def key_id(token: str) -> str | None:
    """The key that the token says it was signed with. Raises Untrusted for what is no token of ours to trust."""
    header = _parts(token).headers()
    if header.get("alg") not in ALGORITHMS:
        raise Untrusted("the algorithm is not allowed")
    if "crit" in header:
        raise Untrusted("the token demands what we do not know")  # RFC 7515 section 4.1.11
    named = header.get("kid")
    return named if isinstance(named, str) else None


def read(token: str, keys: Keys, expected: Expected) -> Claims:
    """What the token says, if it is signed by one of the keys and answers our question. Raises Untrusted."""
    said = _signed(token, keys)
    _check_parties(said, expected)
    _check_times(said, expected.now)
    nonce = said.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(crypto.digest(nonce), expected.nonce_hash):
        raise Untrusted("the nonce is not the one that was sent")
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isascii():
        raise Untrusted("the subject is missing")
    email = _line(said.get("email"), 254)
    return Claims(subject, email, _vouches(said, email), _line(said.get("name"), 100))


def find(keys: Keys, named: str | None) -> RSAKey | ECKey | None:
    """The key of that name; a token that names none can only mean the only one (Core section 10.1)."""
    if named is None and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(named)


def keys_of(document: Mapping[str, Any]) -> Keys:
    """The keys of a JWK Set that can sign as we allow; others are passed over (RFC 7517 section 5)."""
    found: dict[str | None, RSAKey | ECKey] = {}
    listed = document.get("keys")
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or entry.get("kty") not in ("RSA", "EC"):
            continue
        try:
            key = import_key(entry)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey) and _is_strong(key):
            found[entry.get("kid")] = key
    return found


def _is_strong(key: RSAKey | ECKey) -> bool:
    if isinstance(key, RSAKey):
        return key.raw_value.key_size >= LEAST_RSA_BITS
    return key.curve_name == "P-256"


def _signed(token: str, keys: Keys) -> dict[str, Any]:
    named = key_id(token)
    key = find(keys, named)
    if key is None or key.key_type != ALGORITHMS[_parts(token).headers()["alg"]]:
        raise Untrusted("the key is unknown")
    try:
        payload = jws.deserialize_compact(token, key, registry=_REGISTRY).payload
        said = msgspec.json.decode(payload or b"")
    except (JoseError, ValueError, TypeError, msgspec.MsgspecError):
        raise Untrusted("the signature is wrong") from None
    if not isinstance(said, dict):
        raise Untrusted("the token holds no claims")
    return said


def _parts(token: str) -> jws.CompactSignature:
    try:
        return jws.extract_compact(token.encode(), None, _REGISTRY)
    except (JoseError, ValueError, TypeError, AttributeError):
        raise Untrusted("it is no token") from None


def _check_parties(said: dict[str, Any], expected: Expected) -> None:
    """From whom, for whom. A token that is for others too might be one that they pass on: it is refused."""
    if said.get("iss") != expected.issuer:
        raise Untrusted("the token is another issuer's")
    if said.get("aud") not in (expected.client_id, [expected.client_id]):
        raise Untrusted("the token is for somebody else")
    if said.get("azp", expected.client_id) != expected.client_id:
        raise Untrusted("the token was given to somebody else")


def _check_times(said: dict[str, Any], now: datetime) -> None:
    seconds = now.replace(tzinfo=UTC).timestamp()
    expires, issued, begins = (_moment(said.get(name)) for name in ("exp", "iat", "nbf"))
    if expires is None or expires + SKEW_SECONDS <= seconds:
        raise Untrusted("the token has expired")
    if issued is None or issued - SKEW_SECONDS > seconds:
        raise Untrusted("the token is from the future")
    if begins is not None and begins - SKEW_SECONDS > seconds:
        raise Untrusted("the token is not valid yet")


def _moment(value: object) -> float | None:
    """A NumericDate; true is a number to Python, and neither infinity nor NaN ever expires."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _vouches(said: dict[str, Any], email: str) -> bool:
    """Whether the provider itself runs the mailbox, so that the person needs no second proof of it.

    Google does so for its own domains and for those of organisations, which `hd` tells; an address elsewhere was
    proven to it once, which may be long ago. `email_verified` counts only as true, never as "true".
    """
    own = email.lower().rpartition("@")[2] in GOOGLES_OWN
    organisation = isinstance(said.get("hd"), str) and bool(said["hd"])
    return said.get("email_verified") is True and (own or organisation)


def _line(value: object, most: int) -> str:
    """One line of text as people may see it; anything else is none."""
    text = value if isinstance(value, str) else ""
    return "".join(sign for sign in text if sign.isprintable()).strip()[:most]
