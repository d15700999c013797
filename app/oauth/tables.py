"""Applications that people sign in to through the platform, and the tokens these hold."""

from piccolo.columns import Array, Boolean, ForeignKey, OnDelete, Varchar

from app.columns import String, UtcTimestamp
from app.table import Row
from app.tenancy import TenantTable
from app.tenants.tables import Tenant
from app.users.tables import User


class OAuthClient(TenantTable, tablename="OAuthClients"):
    """An application of a tenant, or of the platform where `tenant_id` is NULL; its secret is a SHA-256."""

    client_id = String(unique=True)
    client_secret = String(null=True, secret=True)
    name = String()
    type = String()
    grants = Array(Varchar(), null=True)
    redirect_uris = Array(Varchar(), null=True)
    allowed_scopes = Array(Varchar(), null=True)
    tenant_id = ForeignKey(Tenant)


class OAuthToken(Row, tablename="OAuthTokens"):
    """An access token and its refresh token, both as SHA-256."""

    access_token = String(unique=True, secret=True)
    access_token_expires_at = UtcTimestamp()
    refresh_token = String(null=True, unique=True, secret=True)
    refresh_token_expires_at = UtcTimestamp(null=True)
    client_id = ForeignKey(OAuthClient, null=False)
    user_id = ForeignKey(User)
    scopes = Array(Varchar(), null=True)
    type = Varchar(length=None, default="access", null=True)
    revoked = Boolean(default=False, null=True)
    revoked_at = UtcTimestamp(null=True)
    revoked_by = ForeignKey(User, on_delete=OnDelete.no_action)
