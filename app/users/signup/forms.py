"""What signing up asks for."""

from typing import ClassVar

from app.i18n import _l
from app.web.forms import Code, Form, Hidden, Secret, Text, Tick


class SignUpForm(Form):
    guarded: ClassVar[bool] = True
    name = Text(_l("Name"), most=100, missing=_l("Enter your name, as others should see it."))
    email = Text(_l("Email address"), most=254, missing=_l("Enter your email address."))


class CodeForm(Form):
    code = Code(_l("Code"))


class LinkForm(Form):
    token = Hidden()


class FinishForm(Form):
    name = Text(_l("Name"), most=100, missing=_l("Enter your name, as others should see it."))
    password = Secret(_l("Password"), missing=_l("Choose a password."))


class FinishWithTermsForm(FinishForm):
    terms = Tick(_l("I agree to the terms"), missing=_l("An account needs your agreement to the terms."))


class AgainForm(Form):
    """A button that has the code mailed again; it knows where the person was going."""
