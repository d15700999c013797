"""The JSON documents of a tenant; their defaults are those of the reference, key by key."""

from datetime import date

import msgspec

from app.columns import Stored


class SessionPolicy(Stored):
    """`session_timeout` is idle time in seconds; 0 concurrent sessions would lock everybody out and is refused."""

    max_concurrent_sessions: int = 3
    session_timeout: int = 3600
    extend_on_activity: bool = True
    require_mfa: bool = msgspec.field(default=False, name="requireMFA")


class TwoFactorPolicy(Stored):
    """Who must enrol a second factor, and how long that may wait; `exempt_roles` are role ids."""

    required: bool = False
    grace_logins: int = 3
    grace_period_days: int = 7
    allow_backup_codes: bool = True
    allow_remember_device: bool = False
    exempt_roles: list[str] = msgspec.field(default_factory=list)
    enforcement_date: date | None = None


class IpRestrictions(Stored):
    """Addresses and networks as text; the block list beats what is allowed."""

    enabled: bool = False
    allowed_ips: list[str] = msgspec.field(default_factory=list, name="allowedIPs")
    allowed_ranges: list[str] = msgspec.field(default_factory=list)
    block_list: list[str] = msgspec.field(default_factory=list)


class SecurityPolicy(Stored):
    """`Tenants.securityPolicy` (product section 6)."""

    session: SessionPolicy = msgspec.field(default_factory=SessionPolicy)
    two_factor: TwoFactorPolicy = msgspec.field(default_factory=TwoFactorPolicy)
    ip_restrictions: IpRestrictions = msgspec.field(default_factory=IpRestrictions)


class Colors(Stored, omit_defaults=True):
    """`Tenants.colors`: the tenant's colours as `#rrggbb`."""

    primary: str | None = None
    accent: str | None = None


class Features(Stored, omit_defaults=True, rename=None):
    """`Tenants.features`, what operators allow, and `Tenants.featureFlags`, what owners switch on (decisions 36)."""

    own_database: bool = False
    oauth_apps: bool = False
    custom_roles: bool = False
    audit_export: bool = False
    webhooks: bool = False


class TenantSettings(Stored, omit_defaults=True):
    """`Tenants.settings` (decisions 36); None means the platform's own default."""

    support_email: str | None = None
    default_locale: str | None = None
    default_role_id: str | None = None
    audit_retention_days: int | None = None
    invitation_days: int | None = None
    two_owners: bool = False
    strong_factors_only: bool = False
    public_branding: bool = False
