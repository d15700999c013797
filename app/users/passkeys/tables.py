"""Passkeys beside the reference's Authenticators, and the challenges of browsers that have nobody yet."""

from piccolo.columns import UUID, Boolean, ForeignKey

from app.columns import Bytes, UtcTimestamp
from app.table import Base
from app.users.tables import Authenticator, User


class Passkey(Base, tablename="Passkeys"):
    """What the reference's row cannot hold: the model, and whether the key is synced (WebAuthn's BE and BS flags)."""

    authenticator_id = ForeignKey(Authenticator, null=False, primary_key=True)
    aaguid = UUID(default=None)
    backup_eligible = Boolean(default=None)
    backed_up = Boolean(default=None)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)


class UserHandle(Base, tablename="UserHandles"):
    """64 random bytes that name a person to authenticators, for life (WebAuthn L3 section 14.6.1)."""

    user_id = ForeignKey(User, null=False, primary_key=True)
    handle = Bytes(unique=True)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)


class LoginChallenge(Base, tablename="LoginChallenges"):
    """A challenge for a sign-in without a name: bound to the browser, good for once and five minutes."""

    challenge = Bytes(primary_key=True)
    browser_hash = Bytes()
    expires_at = UtcTimestamp()
