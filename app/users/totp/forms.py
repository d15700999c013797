"""What setting up and removing an authenticator app ask for."""

from wtforms import BooleanField

from app.i18n import _l
from app.web.forms import Code, Form


class ConfirmForm(Form):
    code = Code(_l("Code from the app"), missing=_l("Enter the code that the app shows."))
    sign_out = BooleanField(_l("Sign out everywhere else"))


class RemoveForm(Form):
    keep_two_step = BooleanField(_l("Keep two-step sign-in on, with my passkeys"))
    sign_out = BooleanField(_l("Sign out everywhere else"))
