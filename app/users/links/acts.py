"""What mailed links can do. Each part registers its own acts when it is imported."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from app.actor import Actor
from app.users.proofs.tables import OpenLink
from app.users.tables import Account

Context = dict[str, Any]


class Act(NamedTuple):
    """`page` shows what pressing does, from what `look` finds; `done` shows what it came to, from what `do` gave.

    `look` changes nothing. `do` runs in the transaction that uses the link up; its actor is the person the link was
    mailed to, its browser the one they pressed in. Both raise DeadLink if there is nothing left to do. What `do`
    gives is kept as JSON until the link expires, so it holds no secret.
    """

    page: str
    done: str
    look: Callable[[OpenLink, Account], Awaitable[Context]]
    do: Callable[[OpenLink, Account, bytes, Actor], Awaitable[Context]]


ACTS: dict[str, Act] = {}
"""By the name that stands in `MailedLinks.act`. An act that is not here has a page of its own, as `unlock` has."""


def register(name: str, act: Act) -> None:
    """Raises ValueError for a name that is taken."""
    if name in ACTS:
        raise ValueError(f"there are two mailed acts named {name}")
    ACTS[name] = act
