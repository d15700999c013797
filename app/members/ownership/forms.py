"""Shape of an offer."""

from wtforms import BooleanField

from app.i18n import _l
from app.web.forms import Form, Text


class OfferForm(Form):
    email = Text(_l("E-mail address of the member"), most=254, missing=_l("Enter the address of a member."))
    stepping_down = BooleanField(_l("I become an admin when they accept"))
