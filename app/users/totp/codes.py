"""The arithmetic of authenticator apps (RFC 6238: SHA-1, six digits, steps of 30 seconds).

The only importer of pyotp. Its own `verify` is not used: it accepts a code again and again, and digits of any script.
"""

import base64
import hmac
from uuid import UUID

import pyotp

from app import crypto
from app.config import settings

STEP_SECONDS = 30
_PURPOSE = "totp secret"
_BETWEEN = " -\u00a0\u2009\u202f"


def new_secret() -> str:
    """160 random bits in base32, the length of the HMAC's output (RFC 4226 section 4, R6)."""
    return pyotp.random_base32()


def code_at(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).generate_otp(step)


def step_of(secret: str, code: str, now: int) -> int | None:
    """The step whose code this is: the current one or the one before (RFC 6238 section 5.2), else None.

    Both are reckoned and compared in constant time, whatever was typed; only six ASCII digits can be right.
    """
    typed = digits(code) or "\0" * 6
    right = [step for step in (now - 1, now) if hmac.compare_digest(code_at(secret, step), typed)]
    return right[-1] if right else None


def digits(typed: str) -> str | None:
    """The six digits of a code, whatever blanks and dashes stand between them; None for what cannot be a code."""
    code = "".join(character for character in typed if character not in _BETWEEN)
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None


def address(secret: str, email: str) -> str:
    """What an app reads from the QR code: an `otpauth` address with the product and the account."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=settings().site_name)


def grouped(secret: str) -> str:
    """The key as people type it: in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def sealed(secret: str, user_id: UUID) -> str:
    """What the database holds of it; worth nothing on another person's row."""
    return base64.urlsafe_b64encode(crypto.encrypt(_PURPOSE, secret.encode(), user_id.bytes)).decode()


def opened(stored: str, user_id: UUID) -> str:
    """The secret of `sealed`. Raises crypto.CannotDecrypt."""
    return crypto.decrypt(_PURPOSE, base64.urlsafe_b64decode(stored), user_id.bytes).decode()
