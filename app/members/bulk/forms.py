"""Shapes of input about several members."""

from app.i18n import _l
from app.web.forms import Form, Several, Text


class BulkForm(Form):
    members = Several(_l("Members"))
    act = Text(_l("What to do"), most=20)
    role = Text(_l("Role"), most=36)
