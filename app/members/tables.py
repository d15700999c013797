"""Invitations into a tenant."""

from enum import StrEnum

from piccolo.columns import ForeignKey, OnDelete

from app.columns import Enum, String, UtcTimestamp
from app.tenancy import TenantTable
from app.tenants.tables import Tenant
from app.users.tables import User


class InvitationStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Invitation(TenantTable, tablename="Invitations"):
    """`token` is the SHA-256 of the mailed secret; expiry is reckoned on reading, whatever `status` says."""

    email = String()
    token = String(secret=True)
    status = Enum(InvitationStatus, "enum_Invitations_status", default=InvitationStatus.PENDING, null=True)
    cancelled_at = UtcTimestamp(null=True)
    cancelled_by = ForeignKey(User, on_delete=OnDelete.no_action)
    expires_at = UtcTimestamp()
    tenant_id = ForeignKey(Tenant, null=False)
    invited_by_id = ForeignKey(User, null=False, on_delete=OnDelete.no_action)
