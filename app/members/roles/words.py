"""Rights and scopes as people read them, in the groups in which they are compared."""

from typing import NamedTuple

from app.i18n import _
from app.members.roles.actions import SCOPES
from app.permissions import Permission


class Group(NamedTuple):
    """The rights about one thing."""

    title: str
    rights: list[Permission]


def rights_by_resource() -> list[Group]:
    """Every right there is, once."""
    titles = {
        "tenant": _("The team"),
        "members": _("Members"),
        "roles": _("Roles"),
        "owners": _("Ownership"),
    }
    found: dict[str, list[Permission]] = {}
    for right in Permission:
        found.setdefault(right.resource, []).append(right)
    return [Group(titles.get(resource, resource), rights) for resource, rights in found.items()]


def scopes_in_words() -> list[tuple[str, str]]:
    """Each scope with what it lets an application do."""
    words = {
        "openid": _("Know who they are"),
        "profile": _("Read their name and picture"),
        "email": _("Read their e-mail address"),
        "offline_access": _("Go on while they are away"),
        "tenant": _("Know which team they come from"),
        "roles": _("Know their roles here"),
    }
    return [(scope, words[scope]) for scope in SCOPES]
