"""What the ways back in ask for."""

from typing import ClassVar

from app.i18n import _l
from app.web.forms import Form, Secret, Text


class RecoverForm(Form):
    guarded: ClassVar[bool] = True
    email = Text(_l("Email address"), most=254, missing=_l("Enter your email address."))


class ResetForm(Form):
    new_password = Secret(_l("New password"), missing=_l("Choose a password."))
