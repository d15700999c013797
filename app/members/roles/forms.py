"""Shapes of input about roles. Rights and scopes come by name; which there are the verb knows."""

from app.i18n import _l
from app.members.roles.actions import Terms
from app.web.forms import Form, Several, Text


class RoleForm(Form):
    name = Text(_l("Name"), most=60, missing=_l("Enter a name for the role."))
    description = Text(_l("What it is for"), most=200)
    permissions = Several(_l("Rights"))
    scopes = Several(_l("For applications"))

    def terms(self) -> Terms:
        return Terms(self.name.data, self.description.data, self.permissions.data or [], self.scopes.data or [])


class DeleteRoleForm(Form):
    replacement = Text(_l("Role that takes its place"), most=40)
