"""What is read where an invitation is answered: outside of any tenant's scope, by its secret or its address."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from app import crypto, db
from app.members.invitations.tables import OPEN, STATE


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as whoever opens it sees it, with what is known of them: `me_…` is false for a stranger."""

    id: UUID
    way: str
    """`mailed`, `replaced` by a newer mail, `chat`, or `own`: opened by the signed-in owner of the address."""
    tenant_id: UUID
    team: str
    slug: str
    logo: str | None
    team_status: str
    email: str
    state: str
    note: str | None
    expires_at: datetime
    sent_at: datetime | None
    inviter_id: UUID
    inviter: str
    inviter_email: str
    inviter_language: str
    roles: list[str]
    role_ids: list[UUID]
    demands_factor: bool
    accepted_by: UUID | None
    has_account: bool
    account_is_member: bool
    me_owner: bool
    me_member: bool
    me_factor: bool

    @classmethod
    async def by_token(cls, token: str, user_id: UUID | None) -> Self | None:
        """By the secret of a link, mailed or copied, whether or not it still works."""
        digest = crypto.digest(token)
        return cls._of(await db.rows(_BY_TOKEN, user_id, digest.hex(), digest))

    @classmethod
    async def by_owner(cls, invitation_id: UUID, user_id: UUID) -> Self | None:
        """By whoever has proven that the invited address is theirs; None for everybody else."""
        return cls._of(await db.rows(_BY_OWNER, user_id, invitation_id))

    @classmethod
    async def all_open(cls, user_id: UUID) -> list[Self]:
        """What the person can answer now, the newest first."""
        return [cls(**dict(row)) for row in await db.rows(_ALL_OPEN, user_id)]

    @classmethod
    def _of(cls, rows: list[Any]) -> Self | None:
        return cls(**dict(rows[0])) if rows else None


async def waiting_for(proof_id: UUID) -> UUID | None:
    """The invitation for which a mailbox was proven, if one was."""
    found: UUID | None = await db.value(
        'SELECT "invitationId" FROM "InvitationDetails" WHERE "proofId" = $1 LIMIT 1', proof_id
    )
    return found


# Of the team `t`, the invitation `i` and its roles: as app/tenants/tables.py judges members.
_DEMANDS = """coalesce((t."securityPolicy" #>> '{session,requireMFA}')::boolean, false) OR (
        coalesce((t."securityPolicy" #>> '{twoFactor,required}')::boolean, false)
        AND (NOT EXISTS (SELECT FROM "InvitationRoles" r WHERE r."invitationId" = i."id")
            OR EXISTS (SELECT FROM "InvitationRoles" r WHERE r."invitationId" = i."id"
                AND NOT coalesce(t."securityPolicy" #> '{twoFactor,exemptRoles}', '[]') ? r."roleId"::text)))"""

_SEEN = f"""
SELECT i."id", found.way, i."tenantId" AS tenant_id, t."name" AS team, t."slug", t."logo",
    t."status"::text AS team_status, i."email", {STATE} AS state, d."note", i."expiresAt" AS expires_at,
    d."sentAt" AS sent_at, i."invitedById" AS inviter_id, coalesce(nullif(v."name", ''), v."email") AS inviter,
    v."email" AS inviter_email, coalesce(v."profile"->>'language', 'en') AS inviter_language,
    ARRAY(SELECT r."name"::text FROM "InvitationRoles" x JOIN "Roles" r ON r."id" = x."roleId"
        WHERE x."invitationId" = i."id" ORDER BY lower(r."name")) AS roles,
    ARRAY(SELECT x."roleId" FROM "InvitationRoles" x WHERE x."invitationId" = i."id") AS role_ids,
    ({_DEMANDS}) AS demands_factor, d."acceptedBy" AS accepted_by,
    coalesce(u."emailVerified", false) AS has_account,
    EXISTS (SELECT FROM "TenantUsers" m WHERE m."tenantId" = i."tenantId" AND m."userId" = u."id") AS account_is_member,
    coalesce(me."emailVerified" AND me."email" = lower(i."email"), false) AS me_owner,
    EXISTS (SELECT FROM "TenantUsers" m WHERE m."tenantId" = i."tenantId" AND m."userId" = $1) AS me_member,
    coalesce(me."passKeyEnabled", false) OR coalesce(me."twoFactorEnabled", false) AS me_factor
FROM found JOIN "Invitations" i ON i."id" = found."id"
JOIN "Tenants" t ON t."id" = i."tenantId" JOIN "Users" v ON v."id" = i."invitedById"
LEFT JOIN "InvitationDetails" d ON d."invitationId" = i."id"
LEFT JOIN "Users" u ON u."email" = lower(i."email")
LEFT JOIN "Users" me ON me."id" = $1
"""

_BY_TOKEN = f"""
WITH found AS (
    SELECT "id", 'mailed' AS way FROM "Invitations" WHERE "token" = $2
    UNION ALL SELECT "invitationId", 'replaced' FROM "InvitationTokens" WHERE "tokenHash" = $2
    UNION ALL SELECT "invitationId", 'chat' FROM "InvitationDetails" WHERE "chatTokenHash" = $3
) {_SEEN} LIMIT 1
"""

_OWN = """
WITH owner AS (SELECT "id", "email" FROM "Users" WHERE "id" = $1 AND "emailVerified" AND "status" = 'active')
"""

_BY_OWNER = f"""
{_OWN}, found AS (
    SELECT i."id", 'own' AS way FROM "Invitations" i, owner WHERE i."id" = $2 AND lower(i."email") = owner."email"
) {_SEEN}
"""

_ALL_OPEN = f"""
{_OWN}, found AS (
    SELECT i."id", 'own' AS way FROM "Invitations" i JOIN owner ON i."email" = owner."email" WHERE {OPEN}
) {_SEEN} WHERE t."status" = 'active'
    AND NOT EXISTS (SELECT FROM "TenantUsers" m WHERE m."tenantId" = i."tenantId" AND m."userId" = $1)
ORDER BY i."createdAt" DESC, i."id" DESC LIMIT 20
"""
