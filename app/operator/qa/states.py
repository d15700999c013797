"""The states a person can be made in: the one table behind the command's help, docs/qa.md and what is accepted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from app.operator.qa import invitations, steps, teams
from app.operator.qa.steps import Making


class State(NamedTuple):
    """`says` is what a person in it is. What opens their account comes first, then a session, then what happened."""

    says: str
    password: bool = True
    app: bool = False
    passkeys: int = 0
    google: bool = False
    finished: bool = True
    """Whether the account was opened, or only asked for."""
    signed_in: bool | None = False
    """Whether they hold a session; False if asked for, None never."""
    then: Callable[[Making], Awaitable[None]] | None = None


STATES: Mapping[str, State] = {
    "member": State("Has a password, and is signed in nowhere."),
    "owner": State("Made a team a moment ago and owns it; `tenant` is its slug.", then=teams.own_team),
    "crowded-owner": State(
        "Owns a team (`tenant`) with 119 plain members, who sign in nowhere.", then=teams.own_crowded_team
    ),
    "team-member": State(
        "Is a plain member of a team (`tenant`) with an owner (`owner`) and an admin; all have this password.",
        then=teams.join_team,
    ),
    "signed-in": State("Signed in by password a moment ago.", signed_in=True),
    "ten-sessions": State("Signed in by ten browsers.", signed_in=True, then=steps.sign_in_nine_times),
    "no-password": State("Signs in by mailed codes alone.", password=False),
    "password-changed": State(
        "Changed the password a moment ago: a notice with “This was not me” is in the mailbox.",
        signed_in=None,
        then=steps.change_password,
    ),
    "forgot-password": State(
        "Asked for a way to a new password: link for any browser, code for this one.", then=steps.forget_password
    ),
    "locked": State("Locked after ten wrong passwords; the mail and `links.unlock` open it.", then=steps.lock),
    "totp": State("Has an authenticator app and ten backup codes.", app=True),
    "low-codes": State("Has an authenticator app and three unused backup codes.", app=True, then=steps.use_codes),
    "half-signed-in": State(
        "Gave the password; this browser is asked for the second step.",
        app=True,
        signed_in=None,
        then=steps.sign_in_half,
    ),
    "remembered": State(
        "Has an authenticator app; this browser, signed out, is remembered for 30 days.",
        app=True,
        signed_in=None,
        then=steps.be_remembered,
    ),
    "passkey": State("Has a password and a passkey.", passkeys=1),
    "two-passkeys": State("Has a password and two passkeys.", passkeys=2),
    "passkey-only": State("Has a passkey and no password.", password=False, passkeys=1),
    "passkey-and-totp": State("Has a passkey, an authenticator app and ten backup codes.", passkeys=1, app=True),
    "passkey-second-step": State(
        "Has two-step sign-in by a passkey, and ten backup codes.", passkeys=1, then=steps.switch_two_step_on
    ),
    "google": State("Has a password and a linked Google account.", google=True),
    "google-only": State("Has a linked Google account and no password.", password=False, google=True),
    "unverified": State(
        "Asked for an account; link for any browser, code for this one.",
        finished=False,
        signed_in=None,
        then=steps.ask_for_account,
    ),
    "unfinished": State(
        "Proved the address in this browser; chooses a way to sign in next.",
        finished=False,
        signed_in=None,
        then=steps.prove_address,
    ),
    "recovery-waiting": State(
        "Lost the second step; its removal waits for three days. `links.veto` stops it.",
        app=True,
        then=steps.lose_second_step,
    ),
    "recovery-ready": State(
        "Lost the second step three days ago; `links.finish` removes it, `links.veto` stops it.",
        app=True,
        signed_in=None,
        then=steps.wait_for_recovery,
    ),
    "review": State(
        "Recovered by mail: the next sign-in opens with everything that opens the account.", then=steps.open_review
    ),
    "invited": State("Is invited into a team (`tenant`) by its admin.", then=invitations.invite()),
    "invited-new": State(
        "Is invited into a team, and has no account yet.", finished=False, signed_in=None, then=invitations.invite()
    ),
    "invited-by-chat": State(
        "Is invited into a team; `links.invitation` is one for chat, which proves no mailbox.",
        then=invitations.invite(invitations.pass_by_chat),
    ),
    "invited-elsewhere": State(
        "Is signed in, and holds the link of somebody without an account (`invited`).",
        signed_in=True,
        then=invitations.invite(somebody_else=True),
    ),
    "invited-second-step": State(
        "Is invited into a team that demands two-step sign-in, and has no second step.",
        then=invitations.invite(invitations.demand_a_second_step),
    ),
    "invitation-accepted": State(
        "Accepted an invitation a moment ago: the link is used.", then=invitations.invite(invitations.accept)
    ),
    "invitation-left": State(
        "Accepted an invitation, and left the team since.", then=invitations.invite(invitations.leave)
    ),
    "invitation-declined": State("Declined an invitation, with a word.", then=invitations.invite(invitations.decline)),
    "invitation-expired": State(
        "Let an invitation run out: it was mailed a week ago.", then=invitations.invite(invitations.run_out)
    ),
    "invitation-cancelled": State("Was invited; the owner took it back.", then=invitations.invite(invitations.cancel)),
    "invitation-corrected": State(
        "Was invited by mistake; the owner has invited the right address since.",
        then=invitations.invite(invitations.correct),
    ),
    "invitation-replaced": State(
        "Was invited, and a newer mail was sent: `links.invitation` is the one before.",
        then=invitations.invite(invitations.send_again),
    ),
    "invitation-inviter-demoted": State(
        "Is invited by somebody who may no longer invite.", then=invitations.invite(invitations.demote_the_inviter)
    ),
    "invitation-team-suspended": State(
        "Is invited into a team that is suspended.", then=invitations.invite(invitations.shut_the_team)
    ),
    "suspended": State("Suspended by the platform.", then=steps.suspend),
    "deactivated": State("The account is not in use.", then=steps.deactivate),
}
