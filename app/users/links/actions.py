"""Opening and pressing a mailed link."""

from typing import NamedTuple

from app import crypto, db
from app.actor import Actor
from app.errors import DeadLink
from app.users import mailbox
from app.users.links.acts import ACTS, Context
from app.users.proofs.tables import MailedLink, OpenLink
from app.users.tables import Account, User

AGAIN = "/recover"


class Landing(NamedTuple):
    """Whose link it is, which page shows it, and what that page tells."""

    account: Account
    page: str
    link: OpenLink
    context: Context


async def look(token: str, *, by: Actor) -> Landing:
    """What pressing would do, or for a link that was pressed what it came to; consumes nothing.

    Raises DeadLink, and Limited for a network that opens too many dead ones.
    """
    async with mailbox.counting_dead_links(by.ip):
        link = await MailedLink.find(crypto.digest(token), list(ACTS))
        account = await _account_of(link)
        if link is None or account is None:
            raise DeadLink(AGAIN)
        act = ACTS[link.act]
        if link.outcome is not None:
            return Landing(account, act.done, link, link.outcome)
        return Landing(account, act.page, link, await act.look(link, account))


async def press(token: str, *, browser: bytes, by: Actor) -> None:
    """Does the act, once. Raises DeadLink and Limited."""
    async with mailbox.counting_dead_links(by.ip), db.transaction():
        link = await MailedLink.use(crypto.digest(token), list(ACTS))
        account = await _account_of(link)
        if link is None or account is None:
            raise DeadLink(AGAIN)
        actor = by.as_person(account.id, account.name)
        outcome = await ACTS[link.act].do(link, account, browser, actor)
        await MailedLink.note_outcome(link.id, outcome)


async def _account_of(link: OpenLink | None) -> Account | None:
    """Nothing is done for an account that nobody can use: it was closed, or an operator has it in hand."""
    account = await User.by_id(link.user_id) if link else None
    return account if account and account.is_usable else None
