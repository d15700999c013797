"""What inviting asks for."""

from app.i18n import _l
from app.web.fields import Prose, Raw, Upload, Whole
from app.web.forms import Form, Several, Text

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
