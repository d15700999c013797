"""What a lost second step asks for."""

from typing import ClassVar

from app.i18n import _l
from app.web.forms import Code, Form, Text


class AddressForm(Form):
    guarded: ClassVar[bool] = True
    email = Text(_l("Email address"), most=254, missing=_l("Enter your email address."))


class CodeForm(Form):
    code = Code(_l("Code"))


class BeginForm(Form):
    """Nothing is asked: pressing is the answer."""
