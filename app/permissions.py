"""The rights that roles are made of: `resource:action`. The catalogue seeds the table Permissions."""

from enum import Enum

from app.i18n import _l


class Permission(Enum):
    """A right inside one tenant. Names are `resource:action`; the resource is a plural noun, or the tenant itself."""

    TENANT_READ = ("tenant:read", _l("See the team and its pages"))
    MEMBERS_READ = ("members:read", _l("See who is in the team"))
    MEMBERS_EXPORT = ("members:export", _l("Download the list of members"))
    MEMBERS_INVITE = ("members:invite", _l("Invite people"))
    MEMBERS_UPDATE = ("members:update", _l("Change the roles of members"))
    MEMBERS_SUSPEND = ("members:suspend", _l("Suspend and reinstate members"))
    MEMBERS_REMOVE = ("members:remove", _l("Remove members"))
    ROLES_READ = ("roles:read", _l("See roles and what they allow"))
    ROLES_UPDATE = ("roles:update", _l("Make, change and delete roles"))
    OWNERS_UPDATE = ("owners:update", _l("Name owners and hand the team over"))

    def __init__(self, label: str, words: str) -> None:
        self.label = label
        self.words = words
        """What it allows, for people; translated when it is shown."""

    @property
    def resource(self) -> str:
        return self.label.split(":")[0]

    @property
    def action(self) -> str:
        return self.label.split(":")[1]


BUILT_IN: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "admin": frozenset(Permission) - {Permission.OWNERS_UPDATE},
    "member": frozenset({Permission.TENANT_READ, Permission.MEMBERS_READ, Permission.ROLES_READ}),
}
"""What the roles of every tenant allow, by their kind; nobody changes these."""
