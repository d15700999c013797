"""Shapes of input about teams."""

from app.i18n import _l
from app.tenants.slugs.names import LONGEST
from app.web.forms import Form, Text


class NewTeamForm(Form):
    name = Text(_l("Name of the team"), most=80, missing=_l("Enter a name, such as the name of your company."))
    slug = Text(_l("Address"), most=LONGEST)
