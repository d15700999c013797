"""Where an invitation stands for whoever opened it: one of these, the first that applies (row 5.3)."""

from enum import StrEnum
from uuid import UUID

from app.members.invitations.landing.tables import Seen
from app.members.rights import why_not, why_not_grant
from app.permissions import Permission
from app.tenants.standing.tables import RoleRights, Standing


class Case(StrEnum):
    """Each has its own words in templates/invitations/landing.html."""

    JOIN = "join"
    """Signed in with the invited address: one press, and they are in."""
    NEW = "new"
    """Nobody has an account with the invited address: one is made first."""
    SIGN_IN = "sign_in"
    CHAT = "chat"
    """The link proves no mailbox: nothing is told of accounts, and a code is mailed."""
    OTHER_ACCOUNT = "other_account"
    SECOND_FACTOR = "second_factor"
    MEMBER = "member"
    LEFT = "left"
    """They accepted it once, and are no member any more."""
    USED = "used"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CORRECTED = "corrected"
    DECLINED = "declined"
    REPLACED = "replaced"
    INVITER_GONE = "inviter_gone"
    TEAM_SHUT = "team_shut"
    JOINED = "joined"
    """What accepting came to; never read."""


OVER = {
    "expired": Case.EXPIRED,
    "cancelled": Case.CANCELLED,
    "corrected": Case.CORRECTED,
    "declined": Case.DECLINED,
}


def ended(seen: Seen, me: UUID | None) -> Case | None:
    """What needs no more to be read: it is over, or there is nothing to accept."""
    if seen.me_member or (me is None and seen.account_is_member and seen.way in ("mailed", "own")):
        return Case.MEMBER
    if seen.state == "accepted":
        return Case.LEFT if me is not None and seen.accepted_by == me else Case.USED
    if seen.state in OVER:
        return OVER[seen.state]
    if seen.way == "replaced":
        return Case.REPLACED
    return Case.TEAM_SHUT if seen.team_status != "active" else None


def answerable(seen: Seen, me: UUID | None, inviter: Standing | None, roles: list[RoleRights]) -> Case:
    """For an invitation that is open: whether its inviter may still give what it promises, then who stands there."""
    if inviter is None or not vouched(inviter, given(seen, roles)):
        return Case.INVITER_GONE
    if me is None:
        return Case.CHAT if seen.way == "chat" else Case.SIGN_IN if seen.has_account else Case.NEW
    if not seen.me_owner:
        return Case.OTHER_ACCOUNT
    return Case.SECOND_FACTOR if seen.demands_factor and not seen.me_factor else Case.JOIN


def given(seen: Seen, roles: list[RoleRights]) -> list[RoleRights]:
    """The roles it gives now. Those that were deleted since are gone; without any it is the team's default."""
    wanted = [role for role in roles if role.id in seen.role_ids]
    return wanted or [role for role in roles if role.is_default][:1]


def vouched(inviter: Standing, wanted: list[RoleRights]) -> bool:
    """Nobody gets by an invitation what its inviter may not give at that moment (security 7.56, 7.62)."""
    return why_not(inviter, Permission.MEMBERS_INVITE) is None and not any(
        why_not_grant(inviter, role) for role in wanted
    )
