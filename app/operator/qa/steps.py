"""What happened to a person before a test meets them, each by the verb or table of its slice."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app import crypto
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.operator.qa import aging, tables
from app.operator.qa.session import Cookies
from app.users import mailbox
from app.users.backup_codes import codes
from app.users.backup_codes.actions import LOW
from app.users.backup_codes.tables import Stock
from app.users.devices.tables import DeviceList
from app.users.login import emails as login_emails
from app.users.login.steps import HALF_MINUTES, note_refusal
from app.users.login.tables import HalfSignIn
from app.users.mailbox import Purpose
from app.users.proofs.tables import MailedLink
from app.users.recovery import actions as recovery
from app.users.recovery import emails as recovery_emails
from app.users.recovery.review.tables import RecoveryReview
from app.users.recovery.second_factor import actions as second_factor
from app.users.recovery.second_factor.actions import Asker
from app.users.recovery.second_factor.emails import FINISH, VETO
from app.users.recovery.second_factor.tables import Running, TwoFactorRecovery
from app.users.revocation import Cause, revoke
from app.users.second_factor.tables import TwoStep
from app.users.sessions import actions as sessions
from app.users.sessions.actions import Started
from app.users.signup import actions as signup
from app.users.signup import emails as signup_emails
from app.users.tables import Account, Attempt, User

AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
)
TRIES_THAT_LOCK = 10
REASON = "made by the QA kit"


class MadePerson(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A person as scripts get them; what the state does not ask for is left out."""

    state: str
    id: UUID
    email: str
    name: str
    password: str | None
    old_password: str | None = None
    totp: str | None = None
    backup_codes: list[str] = []
    passkeys: list[dict[str, Any]] = []
    google: dict[str, str] | None = None
    locked_until: datetime | None = None
    code: str | None = None
    links: dict[str, str] = {}
    tenant: str | None = None
    owner: str | None = None
    admin: str | None = None
    owner_password: str | None = None
    """Of the owner and the admin, where the person has none of their own."""
    invited: str | None = None
    storage_state: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"MadePerson(state={self.state!r}, email={self.email!r})"


class Making:
    """A person half made: the account, what will be told of it, and what the browser they use holds by now."""

    def __init__(self, account: Account, made: MadePerson, by: Actor) -> None:
        self.account = account
        self.made = made
        self.by = by
        self.cookies = Cookies()

    @property
    def id(self) -> UUID:
        return self.account.id

    def keep(self, **cookies: str) -> None:
        """The browser gets these, and a name with its first."""
        self.cookies = self.cookies._replace(browser=self.cookies.browser or crypto.new_token().plain, **cookies)

    def name_browser(self) -> bytes:
        """The digest that names the browser in the database."""
        self.keep()
        return crypto.digest(self.cookies.browser or "")

    async def sign_in(self, methods: tuple[str, ...], agent: str = AGENTS[0]) -> Started:
        """A session that nobody is told of."""
        by = msgspec.structs.replace(self.by, agent=agent)
        return await sessions.start(self.id, by=by, methods=methods, device=None, first=True, lifts_lock=False)


def new_password() -> str:
    return f"quiet heron {secrets.token_hex(6)}"


async def sign_in_nine_times(making: Making) -> None:
    for place in range(9):
        await making.sign_in(("password",), AGENTS[place % len(AGENTS)])


async def change_password(making: Making) -> None:
    """Every session ends, and the notice has its link to take it back. Of the password before this one nothing is
    left in any case, so that it was never hashed makes no difference but the time it costs.
    """
    making.made.old_password = new_password()
    ended = await revoke(making.id, Cause.PASSWORD_CHANGED)
    await record(Event.PASSWORD_CHANGED, by=making.by, about=making.id, sessions_ended=ended)


async def forget_password(making: Making) -> None:
    account, link = making.account, crypto.new_token()
    code = await mailbox.ask(Purpose.RECOVERY, account.email, browser=making.name_browser(), user_id=account.id)
    await User.set_reset_token(account.id, link.digest.hex(), recovery.LINK_MINUTES)
    await recovery_emails.send_link(account.email, account, token=link.plain, code=code)
    await record(Event.RECOVERY_REQUESTED, by=making.by, about=account.id)
    _tell(making.made, code=code, reset=f"/recover/reset?token={link.plain}")


async def lock(making: Making) -> None:
    """Ten wrong passwords, as the page counts them."""
    for _try in range(TRIES_THAT_LOCK - 1):
        await _wrong_password(making)
    attempt = await _wrong_password(making)
    await record(Event.USER_LOCKED, by=making.by, about=making.id, until=attempt.locked_until)
    await login_emails.send_locked(attempt, by=making.by)
    making.made.locked_until = attempt.locked_until
    link = crypto.new_token()
    await MailedLink.make(making.id, recovery.UNLOCK, link.digest, login_emails.UNLOCK_MINUTES)
    _tell(making.made, unlock=f"/recover/unlock?token={link.plain}")


async def give_codes(making: Making) -> None:
    """Ten backup codes, told to nobody else."""
    made = codes.new_set()
    await Stock.replace(making.id, [codes.stored(codes.normal(code) or "", making.id) for code in made])
    making.made.backup_codes = made


async def use_codes(making: Making) -> None:
    """All but the last few backup codes are used."""
    used, making.made.backup_codes = making.made.backup_codes[LOW:], making.made.backup_codes[:LOW]
    for code in used:
        await Stock.use(making.id, codes.all_stored(codes.normal(code) or "", making.id))


async def switch_two_step_on(making: Making) -> None:
    await TwoStep.switch_on(making.id)
    await give_codes(making)


async def sign_in_half(making: Making) -> None:
    half = crypto.new_token()
    await HalfSignIn.begin(making.id, "password", half.digest, HALF_MINUTES, lifts_lock=True)
    making.keep(half=half.plain)


async def be_remembered(making: Making) -> None:
    """Signed in with the tick at the second step, then signed out."""
    started = await making.sign_in(("password", "totp"))
    await DeviceList.remember(making.id, crypto.digest(started.device))
    await sessions.end(crypto.digest(started.session), reason="signed_out", by=making.by)
    making.keep(device=started.device, method=started.method)


async def ask_for_account(making: Making) -> None:
    account, link = making.account, crypto.new_token()
    name = making.made.name
    await User.begin(account.email, name, link.digest.hex(), signup.LINK_MINUTES)
    code = await mailbox.ask(
        Purpose.SIGN_UP, account.email, browser=making.name_browser(), user_id=account.id, name=name
    )
    await signup_emails.send_code(account.email, name=name, code=code, token=link.plain, user_id=account.id)
    _tell(making.made, code=code, verify=f"/signup/verify?token={link.plain}")


async def prove_address(making: Making) -> None:
    await User.drop_links(making.id)
    await mailbox.prove_by_link(
        Purpose.SIGN_UP,
        making.account.email,
        browser=making.name_browser(),
        user_id=making.id,
        name=making.made.name,
    )
    _tell(making.made, finish="/signup/finish")


async def lose_second_step(making: Making) -> None:
    running = await _recovery(making)
    await _link(making, VETO, running)


async def wait_for_recovery(making: Making) -> None:
    """Asked, and three days passed: for this person alone. The worker mails its own link too."""
    await _recovery(making)
    await aging.pass_time(making.id, making.account.email, timedelta(hours=second_factor.WAIT_HOURS, minutes=1))
    running = await TwoFactorRecovery.running(making.id)
    if running is None or not running.is_ready:
        raise RuntimeError("the wait for the second step is not over")
    await _link(making, VETO, running)
    await _link(making, FINISH, running)


async def open_review(making: Making) -> None:
    await RecoveryReview.open(making.id, "password_reset")


async def suspend(making: Making) -> None:
    await tables.suspend(making.id, REASON)


async def deactivate(making: Making) -> None:
    await tables.deactivate(making.id, REASON)


async def _wrong_password(making: Making) -> Attempt:
    attempt = await User.count_attempt(making.account.email)
    if attempt is None:
        raise RuntimeError("a person who was just made is not there")
    await note_refusal(making.id, "wrong_password", by=making.by)
    return attempt


async def _recovery(making: Making) -> Running:
    return await second_factor.begin(Asker(making.account, "mailbox", None), by=making.by)


async def _link(making: Making, act: str, running: Running) -> None:
    """A link beside the one in the mail, which nobody but its reader knows."""
    token = crypto.new_token()
    minutes = second_factor.VALID_DAYS * 1440
    await MailedLink.make(making.id, act, token.digest, minutes, {"recovery": str(running.id)})
    _tell(making.made, **{"finish" if act == FINISH else act: f"/links/{token.plain}"})


def _tell(made: MadePerson, *, code: str | None = None, **paths: str) -> None:
    made.code = code
    made.links |= {name: f"{settings().base_url}{path}" for name, path in paths.items()}
