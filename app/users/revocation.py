"""Which event ends what. One table, read by the verbs and tested line by line (docs/revocation.md follows it)."""

from enum import Enum
from uuid import UUID

from app.users.proofs.tables import MailboxProof, MailedLink
from app.users.sessions.tables import KnownDevice, Session
from app.users.tables import User


class Cause(Enum):
    """Why things end; the value stands in `Sessions.endReason`."""

    PASSWORD_RESET = "password_reset"  # noqa: S105 - a reason, not a password


async def revoke(user_id: UUID, cause: Cause) -> int:
    """Ends every session, remembered device, half-finished proof and open link; gives the sessions ended."""
    ended = await Session.end_all(user_id, cause.value)
    await KnownDevice.forget_all(user_id)
    await MailboxProof.end_all(user_id)
    await MailedLink.end_all(user_id)
    await User.drop_links(user_id)
    return ended
