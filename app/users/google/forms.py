"""What the pages around Google ask for: little, as Google has told the rest."""

from wtforms import BooleanField

from app.i18n import _l
from app.web.forms import Form, Hidden, Text, Tick


class StartForm(Form):
    """Only a button."""


class FinishForm(Form):
    name = Text(_l("Name"), most=100, missing=_l("Enter your name, as others should see it."))


class FinishWithTermsForm(FinishForm):
    terms = Tick(_l("I agree to the terms"), missing=_l("An account needs your agreement to the terms."))


class AddressForm(Form):
    name = Text(_l("Name"), most=100, missing=_l("Enter your name, as others should see it."))


class LinkForm(Form):
    offer = Hidden()
    elsewhere = BooleanField(_l("Sign out all my other devices"), default=True)


class UnlinkForm(Form):
    elsewhere = BooleanField(_l("Sign out all my other devices"), default=True)
