"""The states of an invitation and every statement that changes one.

pending -> accepted | cancelled (by the team, by the invitee, or since the address was mistyped) | expired. Each change
is one UPDATE with OPEN in its condition, so that it happens once, however many try. What is over by `expiresAt` is over
on reading, whatever `status` says; a job writes it down later. Only sending again leads back, from expired to pending.

All of it runs in the tenant's scope, after `lock_team`.
"""

from datetime import datetime
from typing import Optional
from uuid import UUID

import msgspec
from asyncpg import Record

from app import db
from app.tenancy import scoped_sql
from app.users.proofs.tables import Proof

OPEN = """i."status" = 'pending' AND i."expiresAt" > app_now()"""
"""Of the invitation `i`: it can be answered."""

STATE = """CASE WHEN i."status" = 'pending' AND i."expiresAt" <= app_now() THEN 'expired'
    WHEN i."status" = 'cancelled' AND d."endReason" IN ('declined', 'corrected') THEN d."endReason"
    ELSE i."status"::text END"""
"""Of the invitation `i` with its details `d`: pending, accepted, expired, cancelled, declined or corrected."""

MAILS_A_DAY = 5
"""Invitations that one address may get in a day, whichever teams send them and however they ended."""

INVITED_A_DAY = 10_000
"""Invitations that one person may make in a day, in all teams together: two full lists."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of inviting an address: `expires_at` is None if it was not invited, and the facts say why."""

    team: str
    expires_at: datetime | None
    is_member: bool
    open_id: UUID | None
    mailed: int
    by_inviter: int
    has_account: bool
    language: str | None


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as a verb of the team sees it."""

    id: UUID
    email: str
    state: str
    roles: list[UUID]
    note: str | None
    label: str | None
    days: int
    team: str
    has_account: bool
    language: str | None

    @staticmethod
    @scoped_sql(
        f"""
        SELECT i."id", i."email", {STATE} AS state, d."note", d."label", coalesce(d."days", 7) AS days,
            t."name" AS team,
            ARRAY(SELECT r."roleId" FROM "InvitationRoles" r WHERE r."invitationId" = i."id") AS roles,
            coalesce(u."emailVerified", false) AS has_account, u."profile"->>'language' AS language
        FROM "Invitations" i JOIN "Tenants" t ON t."id" = i."tenantId"
        LEFT JOIN "InvitationDetails" d ON d."invitationId" = i."id"
        LEFT JOIN "Users" u ON u."email" = lower(i."email")
        WHERE i."tenantId" = {{tenant}} AND i."id" = $1
        """
    )
    def of(rows: list[Record]) -> Optional["Invited"]:
        return Invited(**dict(rows[0])) if rows else None


@scoped_sql(
    f"""
    WITH lapsed AS (
        UPDATE "Invitations" SET "status" = 'expired' WHERE "tenantId" = {{tenant}} AND lower("email") = $2
            AND "status" = 'pending' AND "expiresAt" <= app_now() RETURNING "id"
    ), facts AS (
        SELECT u."id" AS account, coalesce(u."emailVerified", false) AS has_account,
            u."profile"->>'language' AS language,
            EXISTS (SELECT FROM "TenantUsers" m WHERE m."tenantId" = {{tenant}} AND m."userId" = u."id") AS is_member,
            (SELECT i."id" FROM "Invitations" i
                WHERE i."tenantId" = {{tenant}} AND lower(i."email") = $2 AND {OPEN}) AS open_id,
            (SELECT coalesce(sum(d."sentTimes"), 0)::int FROM "Invitations" i
                JOIN "InvitationDetails" d ON d."invitationId" = i."id" WHERE i."email" = $2
                AND i."createdAt" > app_now() - interval '1 day') AS mailed,
            (SELECT count(*)::int FROM (SELECT FROM "Invitations" i WHERE i."invitedById" = $4
                AND i."createdAt" > app_now() - interval '1 day' LIMIT {INVITED_A_DAY}) lately) AS by_inviter
        FROM (SELECT count(*) FROM lapsed) first LEFT JOIN "Users" u ON u."email" = $2
    ), made AS (
        INSERT INTO "Invitations" ("id", "email", "token", "status", "expiresAt", "tenantId", "invitedById")
        SELECT $1, $2, $3, 'pending', app_now() + make_interval(days => $5), {{tenant}}, $4 FROM facts
        WHERE NOT is_member AND open_id IS NULL AND mailed < {MAILS_A_DAY} AND by_inviter < {INVITED_A_DAY}
        RETURNING "id", "expiresAt"
    ), roles AS (
        INSERT INTO "InvitationRoles" ("invitationId", "roleId")
        SELECT made."id", role FROM made, unnest($6::uuid[]) role
    ), details AS (
        INSERT INTO "InvitationDetails" ("invitationId", "days", "note", "label", "mailId", "sentAt", "sentTimes")
        SELECT made."id", $5, $7, $8, $9, app_now(), 1 FROM made
    )
    SELECT t."name" AS team, made."expiresAt" AS expires_at, facts.is_member, facts.open_id, facts.mailed,
        facts.by_inviter, facts.has_account, facts.language
    FROM facts LEFT JOIN made ON true JOIN "Tenants" t ON t."id" = {{tenant}}
    """
)
def make(rows: list[Record]) -> Made:
    """Invites an address: id, canonical address, token's hash, inviter, days, roles, note, label and the mail's id."""
    return Made(**dict(rows[0]))


@scoped_sql(
    f"""
    WITH taken AS (
        UPDATE "Invitations" i SET "status" = 'accepted' FROM "Users" u
        WHERE i."tenantId" = {{tenant}} AND i."id" = $1 AND {OPEN} AND u."id" = $2 AND u."email" = lower(i."email")
            AND u."emailVerified" AND u."status" = 'active'
        RETURNING i."id", i."invitedById"
    ), noted AS (
        UPDATE "InvitationDetails" SET "acceptedAt" = app_now(), "acceptedBy" = $2
        WHERE "invitationId" IN (SELECT "id" FROM taken)
    ), joined AS (
        INSERT INTO "TenantUsers" ("tenantId", "userId", "roles")
        SELECT {{tenant}}, $2, $3::varchar[] FROM taken ON CONFLICT ("userId", "tenantId") DO NOTHING RETURNING "id"
    )
    INSERT INTO "MemberStandings" ("tenantId", "userId", "invitedBy")
    SELECT {{tenant}}, $2, taken."invitedById" FROM taken, joined
    RETURNING "userId"
    """
)
def accept(rows: list[Record]) -> bool:
    """Takes the invitation for the proven owner of its address, who becomes a member with these roles."""
    return bool(rows)


@scoped_sql(
    f"""
    WITH ended AS (
        UPDATE "Invitations" i SET "status" = 'cancelled', "cancelledAt" = app_now(), "cancelledBy" = $2
        WHERE i."tenantId" = {{tenant}} AND i."id" = $1 AND {OPEN} RETURNING i."id"
    )
    UPDATE "InvitationDetails" SET "endReason" = $3, "word" = $4 WHERE "invitationId" IN (SELECT "id" FROM ended)
    RETURNING "invitationId"
    """
)
def end(rows: list[Record]) -> bool:
    """Ends it for a reason, with the invitee's word if it was they who did; False if it was over."""
    return bool(rows)


@scoped_sql(
    """
    WITH others AS (
        UPDATE "Invitations" i SET "status" = 'expired' FROM "Invitations" own
        WHERE own."id" = $1 AND i."tenantId" = {tenant} AND lower(i."email") = lower(own."email") AND i."id" <> $1
            AND i."status" = 'pending' AND i."expiresAt" <= app_now() RETURNING i."id"
    ), old AS (
        SELECT i."id", i."token" FROM "Invitations" i, (SELECT count(*) FROM others) first
        WHERE i."tenantId" = {tenant} AND i."id" = $1 AND i."status" IN ('pending', 'expired')
            AND NOT EXISTS (SELECT FROM "Invitations" n WHERE n."tenantId" = {tenant} AND n."id" <> $1
                AND lower(n."email") = lower(i."email") AND n."status" = 'pending' AND n."expiresAt" > app_now())
            AND NOT EXISTS (SELECT FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId"
                WHERE m."tenantId" = {tenant} AND u."email" = lower(i."email"))
    ), renewed AS (
        UPDATE "Invitations" i SET "token" = $2, "invitedById" = $3, "status" = 'pending',
            "expiresAt" = app_now() + make_interval(days => $4) FROM old WHERE i."id" = old."id"
        RETURNING i."id", i."expiresAt"
    ), kept AS (
        INSERT INTO "InvitationTokens" ("tokenHash", "invitationId") SELECT "token", "id" FROM old
    ), details AS (
        UPDATE "InvitationDetails" SET "sentAt" = app_now(), "sentTimes" = "sentTimes" + 1, "mailId" = $5
        WHERE "invitationId" IN (SELECT "id" FROM renewed)
    )
    SELECT "expiresAt" FROM renewed
    """
)
def renew(rows: list[Record]) -> datetime | None:
    """A new token in place of the old one, which is remembered, and new days; gives when these are over.

    None if it was answered or cancelled, if a newer invitation is open for the address, or its owner is a member.
    """
    return rows[0]["expiresAt"] if rows else None


@scoped_sql(
    f"""
    UPDATE "InvitationDetails" d SET "chatTokenHash" = $2 FROM "Invitations" i
    WHERE i."id" = d."invitationId" AND i."tenantId" = {{tenant}} AND i."id" = $1 AND {OPEN} RETURNING i."id"
    """
)
def give_chat_token(rows: list[Record]) -> bool:
    """A link for chat, in place of an earlier one; False if the invitation is over."""
    return bool(rows)


async def note_proof(invitation_id: UUID, proof_id: UUID) -> None:
    """Remembers with which mailbox proof somebody is about to make an account to accept it."""
    await db.execute('UPDATE "InvitationDetails" SET "proofId" = $2 WHERE "invitationId" = $1', invitation_id, proof_id)


async def follow_proof(earlier: Proof, newer: Proof) -> None:
    """A newer code was mailed to whoever is about to make that account."""
    await db.execute('UPDATE "InvitationDetails" SET "proofId" = $2 WHERE "proofId" = $1', earlier.id, newer.id)


async def write_down_expired() -> None:
    """Of all tenants: what is over by its time says so in `status` too."""
    await db.execute(
        """UPDATE "Invitations" SET "status" = 'expired' WHERE "status" = 'pending' AND "expiresAt" <= app_now()"""
    )
