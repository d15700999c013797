"""What the password page asks for."""

from wtforms import BooleanField

from app.i18n import _l
from app.web.forms import Form, Secret


class ChooseForm(Form):
    new_password = Secret(_l("New password"), missing=_l("Choose a password."))
    elsewhere = BooleanField(_l("Sign out everywhere else"))


class RemoveForm(Form):
    elsewhere = BooleanField(_l("Sign out everywhere else"))
