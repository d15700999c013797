"""`portico seed`: the demo people and tenants, the same on every machine, made once."""

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.tenants.founding import found
from app.tenants.tables import PLATFORM, BuiltInKind, Tenant
from app.users.tables import User
from app.users.totp import actions as totp

PASSWORD = "quiet-harbour-lantern"  # noqa: S105 - everyone may know it; never made in production

OTTO = "otto@platform.test"
OTTO_TOTP = "PORTICODEMOOTTOSTRONGSIGNINTWO23"
"""The secret of Otto's authenticator app, in base32: operators need a second step. docs/qa.md names it."""

TENANTS = (("Acme", "acme"), ("Beta", "beta"), ("Platform", PLATFORM))

PEOPLE = (
    ("olga@acme.test", "Olga Olsen", "acme", BuiltInKind.OWNER),
    ("adam@acme.test", "Adam Ahmadi", "acme", BuiltInKind.ADMIN),
    ("mia@acme.test", "Mia Müller", "acme", BuiltInKind.MEMBER),
    ("eve@beta.test", "Eve Evans", "beta", BuiltInKind.OWNER),
    (OTTO, "Otto Ott", PLATFORM, BuiltInKind.OWNER),
    ("nora@nowhere.test", "Nora Nowak", None, None),
)


async def seed() -> str:
    """Makes who and what is missing, in one transaction; what is there is left as it is."""
    hashed = await crypto.hash_password(PASSWORD)
    made = 0
    async with db.transaction():
        for name, slug in TENANTS:
            await found(name, slug)
        for email, person, home, kind in PEOPLE:
            account = await User.begin(email, person, crypto.new_token().digest.hex(), 0)
            if account.is_unfinished and await User.finish(account.id, person, hashed):
                made += 1
                await record(Event.USER_SIGNED_UP, by=Actor.system("portico seed"), about=account.id)
                if email == OTTO:
                    await totp.plant(account.id, OTTO_TOTP)
            if home and kind:
                await Tenant.join(home, account.id, kind)
    return f"made {made} demo people" if made else "the demo people are there already"
