"""A software authenticator: makes passkeys and signs with them as WebAuthn Level 3 says, every field forgeable.

`Authenticator().make(options)` and `.sign(options)` give what `static/js/passkey.js` would send. What a test wants to
be wrong is named: `sign(options, origin="https://evil.example", user_verified=False)`.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from app.config import settings

Json = dict[str, Any]
GOOGLE = UUID("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4")
YUBIKEY = UUID("2fc0579f-8113-47ea-b116-bb5a8db9202a")
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Key:
    """A key pair of one algorithm: the COSE form of its public half, and how it signs."""

    def __init__(self, algorithm: int = -7) -> None:
        self.algorithm = algorithm
        self.cose: bytes
        self.sign: Callable[[bytes], bytes]
        if algorithm == -8:
            edwards = ed25519.Ed25519PrivateKey.generate()
            self.cose = cbor2.dumps({1: 1, 3: -8, -1: 6, -2: edwards.public_key().public_bytes_raw()})
            self.sign = edwards.sign
        elif algorithm == -257:
            self._use_rsa(rsa.generate_private_key(65537, 2048))
        else:
            curve = ec.generate_private_key(ec.SECP256R1())
            point = curve.public_key().public_numbers()
            self.cose = cbor2.dumps(
                {1: 2, 3: algorithm, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
            )
            self.sign = lambda data: curve.sign(data, ec.ECDSA(SHA256()))

    def _use_rsa(self, private: rsa.RSAPrivateKey) -> None:
        numbers = private.public_key().public_numbers()
        self.cose = cbor2.dumps({1: 3, 3: -257, -1: numbers.n.to_bytes(256, "big"), -2: b"\x01\x00\x01"})
        self.sign = lambda data: private.sign(data, padding.PKCS1v15(), SHA256())


class Authenticator:
    """One passkey on one authenticator. It counts from `count` on; None stands for one that does not count."""

    def __init__(
        self, *, algorithm: int = -7, aaguid: UUID = GOOGLE, count: int | None = None, synced: bool = True
    ) -> None:
        self.key = Key(algorithm)
        self.aaguid = aaguid
        self.count = count
        self.synced = synced
        self.id = secrets.token_bytes(32)
        self.handle: bytes | None = None
        self.transports = ["internal", "hybrid"] if synced else ["usb", "nfc"]

    def make(self, options: Json, **forged: Any) -> Json:
        """The answer to the options of a registration; keeps the user handle it was given."""
        self.handle = bytes_of(options["user"]["id"])
        key_id = forged.get("credential_id", self.id)
        attested = self.aaguid.bytes + len(key_id).to_bytes(2, "big") + key_id + forged.get("cose", self.key.cose)
        data = self._data(AT, forged) + attested + forged.get("extra", b"")
        statement = forged.get("statement", {})
        attestation = cbor2.dumps({"fmt": forged.get("format", "none"), "attStmt": statement, "authData": data})
        client = self._client("webauthn.create", options, forged)
        answer = {"attestationObject": text_of(attestation), "transports": forged.get("transports", self.transports)}
        return self._credential(forged.get("sent_id", key_id), client, answer, forged)

    def sign(self, options: Json, **forged: Any) -> Json:
        """The answer to the options of a sign-in; the counter has gone one up."""
        if self.count is not None:
            self.count += 1
        data = self._data(0, forged) + forged.get("extra", b"")
        client = self._client("webauthn.get", options, forged)
        signed = forged.get("signed", data + hashlib.sha256(client).digest())
        signature = forged.get("signature", self.key.sign(signed))
        handle = forged.get("handle", self.handle)
        answer = {
            "authenticatorData": text_of(data),
            "signature": text_of(signature),
            "userHandle": None if handle is None else text_of(handle),
        }
        return self._credential(forged.get("sent_id", self.id), client, answer, forged)

    def _data(self, flags: int, forged: Json) -> bytes:
        site = hashlib.sha256(forged.get("rp_id", settings().hostname).encode()).digest()
        flags |= UP if forged.get("present", True) else 0
        flags |= UV if forged.get("user_verified", True) else 0
        flags |= BE if forged.get("eligible", self.synced) else 0
        flags |= BS if forged.get("backed_up", self.synced) else 0
        flags |= ED if "extra" in forged else 0
        count = forged.get("count", self.count or 0)
        return site + bytes([flags]) + int(count).to_bytes(4, "big")

    def _client(self, kind: str, options: Json, forged: Json) -> bytes:
        client = {
            "type": forged.get("type", kind),
            "challenge": forged.get("challenge", options["challenge"]),
            "origin": forged.get("origin", settings().base_url),
            "crossOrigin": False,
        }
        return msgspec.json.encode(client | forged.get("client", {}))

    def _credential(self, key_id: bytes, client: bytes, answer: Json, forged: Json) -> Json:
        sent: Json = {
            "id": text_of(key_id),
            "rawId": forged.get("raw_id", text_of(key_id)),
            "type": forged.get("kind", "public-key"),
            "response": {"clientDataJSON": text_of(client)} | answer,
        }
        sent.update(forged.get("credential", {}))
        return sent
