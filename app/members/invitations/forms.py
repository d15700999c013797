"""What inviting asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.errors import Limited, Rejected
from app.i18n import _l
from app.members.invitations.desk import choices
from app.web.fields import Prose, Raw, Upload, Whole
from app.web.forms import Form, Several, Text
from app.web.page import AnyRequest
from app.web.visitor import person

LONGEST_NOTE = 1000
DAYS = 7
MOST_DAYS = 30


class CardForm(Form):
    """What is written on an invitation, whoever gets it."""

    roles = Several(_l("Roles"))
    note = Prose(_l("Note"), most=LONGEST_NOTE)
    days = Whole(_l("Days it is open"), least=1, most=MOST_DAYS)


class InviteForm(CardForm):
    email = Text(_l("Email address"), most=254, missing=_l("Enter an email address."))
    label = Text(_l("Label"), most=100)


class CorrectForm(Form):
    email = Text(_l("Email address"), most=254, missing=_l("Enter an email address."))


class WordForm(Form):
    """Declining; a word to the inviter may go with it."""

    word = Text(_l("A word to whoever invited you"), most=300)


class PressForm(Form):
    """A button: nothing is asked."""


class ManyForm(CardForm):
    typed = Raw(_l("Addresses"))
    file = Upload(_l("Or a file"))


@asynccontextmanager
async def offering(request: AnyRequest) -> AsyncIterator[None]:
    """Reads the roles that a form offers only if it is shown again: an invitation that succeeds shows none."""
    try:
        yield
    except (Rejected, Limited):
        form = request.scope["state"].get("form")
        if form is not None:
            form.around |= {"choices": await choices(person(request).id)}
        raise
