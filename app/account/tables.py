"""What the person's own pages read across tables."""

from datetime import datetime
from typing import ClassVar, Literal, Self
from uuid import UUID

import msgspec

from app.clientinfo import Place


class HomeTenant(msgspec.Struct, frozen=True, array_like=True):
    """A tenant of the person, with the names of the roles they hold there; `suspended` is about their own place."""

    name: str
    slug: str
    logo: str | None
    status: Literal["active", "suspended", "pending_deletion"]
    suspended: bool
    roles: list[str]


class SignIn(msgspec.Struct, frozen=True, array_like=True):
    """One line of the sign-in history."""

    at: datetime
    agent: str | None
    place: Place | None
    status: Literal["success", "failed"]


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """An invitation to the person's own address that can be answered now."""

    id: UUID
    team: str
    logo: str | None
    inviter: str
    roles: list[str]


class Home(msgspec.Struct, frozen=True, array_like=True):
    """Everything the home page shows."""

    now: datetime
    tenants: list[HomeTenant]
    sign_ins: list[SignIn]
    waiting: list[Waiting]

    # Read beside the session, for the person `u`. In the order of the fields: with their names it would take longer.
    BESIDE: ClassVar[str] = """json_build_array(
        app_now(),
        ARRAY(
            SELECT json_build_array(t."name", t."slug", t."logo", t."status", m."status" = 'suspended',
                ARRAY(SELECT r."name" FROM "MemberRoles" h JOIN "Roles" r ON r."id" = h."roleId"
                    WHERE h."tenantId" = t."id" AND h."userId" = u."id" ORDER BY r."name"))
            FROM "MemberIndex" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE m."userId" = u."id"
        ),
        ARRAY(
            SELECT json_build_array(l."createdAt", l."userAgent", l."location", l."status")
            FROM "LoginHistories" l WHERE l."userId" = u."id" ORDER BY l."createdAt" DESC, l."id" DESC LIMIT 5
        ),
        ARRAY(
            SELECT json_build_array(i."id", t."name", t."logo", coalesce(nullif(v."name", ''), v."email"),
                ARRAY(SELECT r."name" FROM "InvitationRoles" x JOIN "Roles" r ON r."id" = x."roleId"
                    WHERE x."invitationId" = i."id" ORDER BY r."name"))
            FROM "Invitations" i JOIN "Tenants" t ON t."id" = i."tenantId" AND t."status" = 'active'
            JOIN "Users" v ON v."id" = i."invitedById"
            WHERE i."email" = u."email" AND u."emailVerified" AND i."status" = 'pending' AND i."expiresAt" > app_now()
                AND NOT EXISTS (SELECT FROM "TenantUsers" m WHERE m."tenantId" = t."id" AND m."userId" = u."id")
            ORDER BY i."createdAt" DESC, i."id" DESC LIMIT 20
        )
    )"""

    @classmethod
    def of(cls, read: str) -> Self:
        home = msgspec.json.decode(read, type=cls)
        home.tenants.sort(key=lambda tenant: (tenant.name.casefold(), tenant.slug))
        return home
