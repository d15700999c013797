"""The two ceremonies of WebAuthn Level 3: what is asked of an authenticator, and every check of what it answers.

The library verifies signatures and structures; the steps it leaves to us are done here, and in the statements that take
a challenge. Step numbers are those of sections 7.1 and 7.2. Only this module imports the library.
"""

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authenticator_data,
)
from webauthn.helpers.cose import COSECRV, COSEKTY, COSEAlgorithmIdentifier

from app.config import settings

LONGEST_ID = 1023
"""Bytes of a credential id (7.1 step 25)."""
SIGN_IN_MINUTES, KNOWN_MINUTES = 5, 10
"""How long a challenge is good for: in a browser without a person, and for a person who is signed in."""

TIMEOUT = 290_000
"""Milliseconds a browser waits for the person; a little less than the shortest challenge lives."""

ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
_KEYS = {
    COSEAlgorithmIdentifier.ECDSA_SHA_256: (COSEKTY.EC2, COSECRV.P256),
    COSEAlgorithmIdentifier.EDDSA: (COSEKTY.OKP, COSECRV.ED25519),
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256: (COSEKTY.RSA, None),
}
_FOUND = {
    "user verification": "not_verified",
    "user was not present": "not_present",
    "user presence": "not_present",
    "rp id": "rp_id",
    "public key alg": "algorithm",
    "signature": "signature",
    "single-device": "backup_flags",
}
"""Parts of what the library says when it refuses, and the reasons they stand for."""

LARGEST_RSA = 4096
"""Bits; a longer modulus would keep the process busy at each sign-in."""
_SELECTION = {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
TRANSPORTS = ("internal", "hybrid", "usb", "nfc", "ble", "smart-card")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class Refused(Exception):
    """An answer that is not taken; `reason` is one word for the history, which the verbs put into a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Answer(msgspec.Struct, rename="camel"):
    """`response` of a credential, all of it base64url. What else a browser adds is ignored, extensions too."""

    client_data_json: str = msgspec.field(name="clientDataJSON")
    attestation_object: str | None = None
    authenticator_data: str | None = None
    signature: str | None = None
    user_handle: str | None = None
    transports: list[str] = []


class Credential(msgspec.Struct, rename="camel"):
    """A PublicKeyCredential as `static/js/passkey.js` sends it."""

    id: str
    raw_id: str
    type: str
    response: Answer


class Opened(NamedTuple):
    """A credential whose envelope could be read; nothing of it is proven yet."""

    credential: Credential
    id: bytes
    challenge: bytes
    client_data: dict[str, Any]
    user_handle: bytes | None


class Made(NamedTuple):
    """A new passkey, verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: UUID
    backup_eligible: bool
    backed_up: bool
    transports: list[str]


class Proven(NamedTuple):
    """What a verified assertion says beside its being right."""

    sign_count: int
    backed_up: bool


def new_challenge() -> bytes:
    """256 random bits (section 13.4.3 asks for 128)."""
    return secrets.token_bytes(32)


def new_handle() -> bytes:
    """64 random bytes without any meaning (section 14.6.1)."""
    return secrets.token_bytes(64)


def to_sign_in(challenge: bytes, allowed: Iterable[tuple[bytes, Sequence[str]]] = ()) -> dict[str, Any]:
    """Options of an assertion. Without `allowed` any discoverable passkey may answer, and nobody was named."""
    return {
        "challenge": text_of(challenge),
        "timeout": TIMEOUT,
        "rpId": settings().hostname,
        "allowCredentials": _descriptors(allowed),
        "userVerification": "required",
    }


def to_make(
    challenge: bytes, *, handle: bytes, email: str, name: str | None, known: Iterable[tuple[bytes, Sequence[str]]]
) -> dict[str, Any]:
    """Options of a registration: discoverable, its owner verified, no attestation, not twice on one authenticator."""
    return {
        "challenge": text_of(challenge),
        "timeout": TIMEOUT,
        "rp": {"id": settings().hostname, "name": settings().site_name},
        "user": {"id": text_of(handle), "name": email, "displayName": name or email},
        "pubKeyCredParams": [{"type": "public-key", "alg": int(algorithm)} for algorithm in ALGORITHMS],
        "excludeCredentials": _descriptors(known),
        "authenticatorSelection": _SELECTION,
        "attestation": "none",
    }


def opened(credential: Credential) -> Opened:
    """Reads the envelope, as far as is needed to find what it answers. Raises Refused."""
    raw_id = bytes_of(credential.raw_id)
    if credential.id != credential.raw_id or credential.type != "public-key":
        raise Refused("id_mismatch")
    if not 0 < len(raw_id) <= LONGEST_ID:
        raise Refused("id_length")
    try:
        data = msgspec.json.decode(bytes_of(credential.response.client_data_json), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Refused("malformed") from None
    challenge = data.get("challenge")
    if not isinstance(challenge, str):
        raise Refused("malformed")
    handle = credential.response.user_handle
    return Opened(credential, raw_id, bytes_of(challenge), data, None if handle is None else bytes_of(handle))


def verify_made(sent: Opened, *, fresh: bool) -> Made:
    """A registration; `fresh` says that its challenge was just taken. Raises Refused."""
    if not fresh:
        raise Refused("challenge")
    _check_client_data(sent, "webauthn.create")
    attestation = bytes_of(sent.credential.response.attestation_object or "")
    try:
        parsed = parse_attestation_object(attestation)
        _check_format(parsed.fmt)
        verified = verify_registration_response(
            credential=_for_library(sent, attestationObject=sent.credential.response.attestation_object),
            expected_challenge=sent.challenge,
            expected_rp_id=settings().hostname,
            expected_origin=settings().base_url,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
        _check_key(verified.credential_public_key)
    except Refused:
        raise
    except Exception as error:  # whatever it is that the library cannot stand is refused
        raise Refused(_reason(error)) from error
    if verified.credential_id != sent.id:
        raise Refused("id_mismatch")
    flags = parsed.auth_data.flags
    return Made(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        aaguid=UUID(verified.aaguid),
        backup_eligible=flags.be,
        backed_up=flags.bs,
        transports=[name for name in TRANSPORTS if name in sent.credential.response.transports],
    )


def verify_assertion(sent: Opened, *, public_key: bytes, sign_count: int, backup_eligible: bool) -> Proven:
    """An assertion whose challenge has been taken, by a key that is known. Raises Refused.

    `sign_count` is the unsigned number stored. The counter is judged last, when everything else has proven that it is
    really this key (7.2 step 22): the reason is then "counter".
    """
    _check_client_data(sent, "webauthn.get")
    answer = sent.credential.response
    given = bytes_of(answer.authenticator_data or "")
    try:
        data = parse_authenticator_data(given)
        verified = verify_authentication_response(
            credential=_for_library(sent, authenticatorData=answer.authenticator_data, signature=answer.signature),
            expected_challenge=sent.challenge,
            expected_rp_id=settings().hostname,
            expected_origin=settings().base_url,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # judged below
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise Refused(_reason(error)) from error
    if verified.credential_id != sent.id or not verified.user_verified:  # the value counts, not that none was raised
        raise Refused("signature")
    if data.flags.be != backup_eligible:
        raise Refused("backup_flags")
    if (verified.new_sign_count or sign_count) and verified.new_sign_count <= sign_count:
        raise Refused("counter")
    return Proven(verified.new_sign_count, data.flags.bs)


def bytes_of(text: str) -> bytes:
    """Base64url without padding (RFC 4648 section 5), nothing else. Raises Refused."""
    if len(text) % 4 == 1 or not _BASE64URL.fullmatch(text):
        raise Refused("malformed")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _check_client_data(sent: Opened, kind: str) -> None:
    """7.1 steps 7 to 11 and 7.2 steps 11 to 14; an answer given inside another site's frame is never ours."""
    data = sent.client_data
    if data.get("type") != kind:
        raise Refused("type")
    if data.get("origin") != settings().base_url:
        raise Refused("origin")
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise Refused("cross_origin")


def _check_format(name: str) -> None:
    """None was asked for: what browsers still pass on is "none", or a key's own signature (7.1 step 21)."""
    if name not in {"none", "packed"}:
        raise Refused("attestation")


def _check_key(public_key: bytes) -> None:
    """The key is one of the kinds offered, and a usable one: a broken one would lock its owner out later."""
    key = decode_credential_public_key(public_key)
    kind, curve = _KEYS[COSEAlgorithmIdentifier(key.alg)]
    if key.kty != kind or getattr(key, "crv", None) != curve:
        raise Refused("algorithm")
    made = decoded_public_key_to_cryptography(key)
    if isinstance(made, RSAPublicKey) and not 2048 <= made.key_size <= LARGEST_RSA:
        raise Refused("algorithm")


def _for_library(sent: Opened, **answer: str | None) -> dict[str, Any]:
    return {
        "id": sent.credential.id,
        "rawId": sent.credential.raw_id,
        "type": sent.credential.type,
        "response": {"clientDataJSON": sent.credential.response.client_data_json, **answer},
    }


def _descriptors(keys: Iterable[tuple[bytes, Sequence[str]]]) -> list[dict[str, Any]]:
    return [
        {"type": "public-key", "id": text_of(key), **({"transports": list(transports)} if transports else {})}
        for key, transports in keys
    ]


def _reason(error: Exception) -> str:
    """What the library found, in one word: people are told what to do about some."""
    words = str(error).lower()
    return next((reason for part, reason in _FOUND.items() if part in words), "malformed")
