"""What the pages of passkeys ask for, and what their script sends."""

from wtforms import BooleanField

from app.i18n import _l
from app.users.passkeys.ceremony import Credential
from app.web.data import Sent
from app.web.forms import Form, Text


class RenameForm(Form):
    name = Text(_l("Name"), most=60, missing=_l("Give it a name that you will know it by."))


class EverywhereForm(Form):
    everywhere = BooleanField(_l("Sign out everywhere else"))


class SentToSignIn(Sent):
    """`second` is said by the page of the second step: the passkey then completes the sign-in begun there."""

    second: bool = False
    credential: Credential | None = None


class SentToProve(Sent):
    credential: Credential | None = None


class SentToAdd(Sent):
    everywhere: bool = False
    credential: Credential | None = None


class SentToFinish(Sent):
    """As the form of the page beside it: a name, and the agreement to the terms where there are any."""

    name: str = ""
    terms: bool = False
    credential: Credential | None = None
