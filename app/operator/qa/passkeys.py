"""Passkeys that no authenticator made: a key pair, kept as the slice keeps it, and its private half for a browser."""

import secrets
from base64 import b64encode
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.actor import Actor
from app.config import settings
from app.users.passkeys import actions, ceremony
from app.users.passkeys.ceremony import Made
from app.users.passkeys.tables import UserHandle

NO_MODEL = UUID(int=0)
"""An authenticator that keeps its model to itself."""


async def add(user_id: UUID, *, by: Actor) -> dict[str, Any]:
    """One more passkey of the person; gives it as `WebAuthn.addCredential` of the Chrome DevTools Protocol takes it.

    It is bound to its device (BE and BS are 0), as the credentials of a virtual authenticator are.
    """
    key, credential_id = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32)
    handle = await UserHandle.of(user_id, ceremony.new_handle())
    made = Made(
        credential_id=credential_id,
        public_key=_cose(key.public_key().public_numbers()),
        sign_count=0,
        aaguid=NO_MODEL,
        backup_eligible=False,
        backed_up=False,
        transports=["internal"],
    )
    await actions.keep(user_id, made, by=by)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "credentialId": b64encode(credential_id).decode(),
        "isResidentCredential": True,
        "rpId": settings().hostname,
        "privateKey": b64encode(private).decode(),
        "userHandle": b64encode(handle).decode(),
        "signCount": 0,
    }


def _cose(point: ec.EllipticCurvePublicNumbers) -> bytes:
    """{1: 2, 3: -7, -1: 1, -2: x, -3: y}, an ES256 key in CBOR (RFC 9053 sections 2.1 and 7.1.1)."""
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y
