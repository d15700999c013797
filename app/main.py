"""The table of contents: every page of Portico, the order of its middleware, and the one guard."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ControllerRouterHandler

from app import db
from app.account.activity.pages import ActivityPages
from app.account.pages import HomePages
from app.account.security.pages import SecurityPages
from app.config import settings
from app.mail.pages import DevMailPages
from app.members.bulk.pages import BulkPages
from app.members.invitations.batches.pages import ManyPages
from app.members.invitations.landing.pages import LandingPages, OpenInvitationPages
from app.members.invitations.pages import InvitationPages
from app.members.leave.pages import LeavePages
from app.members.one.pages import MemberPages
from app.members.ownership.pages import OwnershipPages
from app.members.people.pages import PeoplePages
from app.members.roles.pages import RolesPages
from app.members.why.pages import WhyPages
from app.operator.health import HealthPages
from app.operator.qa.pages import QaPages
from app.tenants.door import Door
from app.tenants.pages import TeamPages, TeamsPages
from app.users.backup_codes.pages import BackupCodesPages
from app.users.devices.pages import DevicesPages
from app.users.google.pages import GoogleLinkPages, GoogleSignInPages
from app.users.links.pages import LinkPages
from app.users.login.pages import SignInPages, SignOutPages
from app.users.passkeys.pages import FinishByPasskey, PasskeyPages, ProveByPasskey, SignInByPasskey
from app.users.password.pages import ChangePasswordPages, PasswordPages
from app.users.recovery.pages import RecoveryPages
from app.users.recovery.review.pages import ReviewPages
from app.users.recovery.second_factor.pages import LostFactorPages
from app.users.second_factor.pages import SecondFactorPages, TwoStepPages
from app.users.session import Who, recognise
from app.users.sessions.pages import SessionPages
from app.users.signup.pages import SignUpPages
from app.users.stops.pages import StopPages
from app.users.sudo.pages import KeptPages, SudoPages
from app.users.totp.pages import TotpPages
from app.web import assets, templating
from app.web.access import check_every_route, guard
from app.web.failures import EXCEPTION_HANDLERS, unrouted
from app.web.files import StaticFiles
from app.web.front import Front
from app.web.headers import add_headers

LARGEST_BODY = 64 * 1024
"""Bytes of a form; a route that takes files says its own limit."""

INSIDE: list[ControllerRouterHandler] = [
    TeamPages,
    PeoplePages,
    BulkPages,
    MemberPages,
    WhyPages,
    InvitationPages,
    ManyPages,
    RolesPages,
    OwnershipPages,
]
"""Below `/t/{slug}`: the door reads who the person is there, and every route asks for a right."""

PAGES: list[ControllerRouterHandler] = [
    HomePages,
    SecurityPages,
    ActivityPages,
    SignUpPages,
    SignInPages,
    SignOutPages,
    SecondFactorPages,
    TotpPages,
    BackupCodesPages,
    TwoStepPages,
    DevicesPages,
    GoogleSignInPages,
    GoogleLinkPages,
    PasskeyPages,
    SignInByPasskey,
    ProveByPasskey,
    FinishByPasskey,
    RecoveryPages,
    SudoPages,
    KeptPages,
    SessionPages,
    PasswordPages,
    ChangePasswordPages,
    LostFactorPages,
    ReviewPages,
    LinkPages,
    StopPages,
    TeamsPages,
    LeavePages,
    OpenInvitationPages,
    LandingPages,
    Router("/t/{slug:str}", middleware=[Door()], route_handlers=INSIDE),
    HealthPages,
    StaticFiles,
]


class _Litestar(Litestar):
    """Without the plugins for Pydantic and attrs: their import took a fifth of the start and 20 MB."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create_app() -> Litestar:
    """The application, ready to serve. Raises UndeclaredRoute for a route that names no access."""
    assets.assets()
    templating.sources()
    app = _Litestar(
        route_handlers=PAGES + ([] if settings().production else [DevMailPages, QaPages]),
        middleware=[Front(), Who()],
        guards=[guard],
        exception_handlers=EXCEPTION_HANDLERS | unrouted(recognise),
        before_send=[add_headers],
        lifespan=[_database],
        # Static files are stored compressed; a second time would be unreadable.
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
    )
    check_every_route(app)
    gc.collect()
    gc.freeze()  # what lives as long as the process is not looked through again and again
    return app


@asynccontextmanager
async def _database(_app: Litestar) -> AsyncIterator[None]:
    """The pool opens on first use, so that a start without a database serves 503 and not nothing."""
    yield
    await db.close_pool()
