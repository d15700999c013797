"""Shapes of input about one member."""

from app.i18n import _l
from app.web.forms import Form, Several, Text


class RolesForm(Form):
    roles = Several(_l("Roles"))


class SuspendForm(Form):
    reason = Text(_l("Reason"), most=200)


class ActForm(Form):
    """A button alone."""
