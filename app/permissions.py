"""The rights that roles are made of: `resource:action`. The catalogue seeds the table Permissions."""

from enum import Enum


class Permission(Enum):
    """A right inside one tenant. Names are `resource:action`; the resource is a plural noun."""

    TENANT_READ = "tenant:read"

    @property
    def resource(self) -> str:
        return self.value.split(":")[0]

    @property
    def action(self) -> str:
        return self.value.split(":")[1]
