"""What signing in asks for."""

from typing import ClassVar

from app.i18n import _l
from app.web.forms import Code, Form, Secret, Text


class SignInForm(Form):
    email = Text(_l("Email address"), most=254, missing=_l("Enter your email address."))
    password = Secret(_l("Password"), missing=_l("Enter your password."))


class AskCodeForm(Form):
    guarded: ClassVar[bool] = True
    email = Text(_l("Email address"), most=254, missing=_l("Enter your email address."))


class CodeForm(Form):
    code = Code(_l("Code"))
