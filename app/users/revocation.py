"""Which event ends what. One table, read by the verbs and tested line by line (docs/revocation.md follows it)."""

from enum import Enum
from typing import Literal, NamedTuple
from uuid import UUID

from app.users.login.tables import HalfSignIn
from app.users.proofs.tables import MailboxProof, MailedLink
from app.users.sessions.live.tables import lock
from app.users.sessions.tables import KnownDevice, Session
from app.users.tables import User


class Cause(Enum):
    """Why things end; the value stands in `Sessions.endReason`."""

    PASSWORD_RESET = "password_reset"  # noqa: S105 - a reason, not a password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - as above
    FACTOR_CHANGED = "factor_changed"
    FACTOR_RECOVERED = "factor_recovered"
    NOT_ME = "not_me"
    SIGNED_OUT_ELSEWHERE = "signed_out_elsewhere"
    ACCOUNT_CLOSED = "account_closed"


class Ends(NamedTuple):
    """What a cause ends beside the sessions it ends.

    `others` are the person's sessions but the one that acts, ended if the person leaves the box ticked.
    """

    sessions: Literal["all", "others"]
    remembered: bool
    known: bool
    half_sign_ins: bool
    proofs: bool
    links: bool


MATRIX: dict[Cause, Ends] = {
    Cause.PASSWORD_RESET: Ends("all", remembered=True, known=True, half_sign_ins=True, proofs=True, links=True),
    Cause.PASSWORD_CHANGED: Ends("others", remembered=True, known=False, half_sign_ins=True, proofs=True, links=True),
    Cause.FACTOR_CHANGED: Ends("others", remembered=True, known=False, half_sign_ins=True, proofs=False, links=False),
    Cause.FACTOR_RECOVERED: Ends("all", remembered=True, known=True, half_sign_ins=True, proofs=True, links=True),
    Cause.NOT_ME: Ends("all", remembered=True, known=True, half_sign_ins=True, proofs=True, links=True),
    Cause.SIGNED_OUT_ELSEWHERE: Ends(
        "others", remembered=False, known=False, half_sign_ins=True, proofs=False, links=False
    ),
    Cause.ACCOUNT_CLOSED: Ends("all", remembered=True, known=True, half_sign_ins=True, proofs=True, links=True),
}


async def revoke(user_id: UUID, cause: Cause, *, keep: UUID | None = None, sessions: bool = True) -> int:
    """Ends what the cause ends, in the caller's transaction; gives how many sessions that were.

    `keep` is the session that acts, spared where only others end. `sessions=False` leaves the others signed in, for
    people who took the tick away; it counts only where the cause ends `others`.
    """
    ends = MATRIX[cause]
    ended = 0
    await lock(user_id)
    if ends.sessions == "all":
        ended = await Session.end_all(user_id, cause.value)
    elif sessions:
        ended = await Session.end_all(user_id, cause.value, keep=keep)
    if ends.known:
        await KnownDevice.forget_all(user_id)
    elif ends.remembered:
        await KnownDevice.forget_second_steps(user_id)
    if ends.half_sign_ins:
        await HalfSignIn.end_all(user_id)
    if ends.proofs:
        await MailboxProof.end_all(user_id)
    if ends.links:
        await MailedLink.end_all(user_id)
        await User.drop_links(user_id)
    return ended
