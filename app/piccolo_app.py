"""The one Piccolo app of the project; its migrations make the whole schema."""

from piccolo.conf.apps import AppConfig

from app.audit.tables import ActivityLog, SecurityAuditLog
from app.config import ROOT
from app.jobs.tables import WorkerHeartbeat
from app.mail.tables import DevMail, OutboxMail
from app.members.tables import Invitation
from app.notifications.tables import Notification
from app.oauth.tables import OAuthClient, OAuthToken
from app.tenants.database.tables import TenantDatabase
from app.tenants.slugs.tables import Slug
from app.tenants.tables import BuiltInRole, Permission, Role, RolePermission, Tenant, TenantUser
from app.users.google.tables import GoogleLink, GoogleOffer, GoogleSignIn
from app.users.login.tables import HalfSignIn, LoginHistory
from app.users.passkeys.challenges.tables import LoginChallenge
from app.users.passkeys.tables import Passkey, UserHandle
from app.users.proofs.tables import MailboxProof, MailedLink
from app.users.recovery.review.tables import RecoveryReview
from app.users.recovery.second_factor.tables import TwoFactorRecovery
from app.users.sessions.tables import KnownDevice, Session
from app.users.signup.tables import TermsAcceptance
from app.users.stops.tables import OfferedStop
from app.users.sudo.tables import KeptForm
from app.users.tables import Authenticator, User

APP_CONFIG = AppConfig(
    app_name="portico",
    migrations_folder_path=ROOT / "piccolo_migrations",
    table_classes=[
        User,
        Authenticator,
        Passkey,
        UserHandle,
        LoginChallenge,
        LoginHistory,
        HalfSignIn,
        GoogleSignIn,
        GoogleOffer,
        GoogleLink,
        KeptForm,
        TwoFactorRecovery,
        RecoveryReview,
        OfferedStop,
        TermsAcceptance,
        KnownDevice,
        Session,
        MailboxProof,
        MailedLink,
        Notification,
        Tenant,
        TenantDatabase,
        TenantUser,
        Role,
        Permission,
        RolePermission,
        BuiltInRole,
        Slug,
        Invitation,
        OAuthClient,
        OAuthToken,
        SecurityAuditLog,
        ActivityLog,
        OutboxMail,
        DevMail,
        WorkerHeartbeat,
    ],
)
