"""`portico check`: what is missing to go live."""

from app import db
from app.config import Settings
from app.jobs.tables import WorkerHeartbeat
from app.migrations import missing
from app.tenants.database import provisioning
from app.tenants.tables import PLATFORM, Tenant


async def problems(chosen: Settings) -> list[str]:
    """One line for each thing to look at; an empty list means ready."""
    return [*_of_settings(chosen), *await _of_database()]


def _of_settings(chosen: Settings) -> list[str]:
    found = []
    if not chosen.production:
        found.append(f"ENVIRONMENT is {chosen.environment}; people's accounts belong in production")
    if not chosen.smtp_url:
        found.append("SMTP_URL is missing: mail is only shown at /dev/mail")
    if not chosen.secure:
        found.append("BASE_URL is not https: cookies and passkeys are not safe")
    if not chosen.terms_url or not chosen.privacy_url:
        found.append("TERMS_URL or PRIVACY_URL is missing: the footer does not say under what terms people sign up")
    if not chosen.support_url:
        found.append("SUPPORT_URL is missing: people who are stuck have nowhere to go")
    if chosen.breached_passwords is None:
        found.append("BREACHED_PASSWORDS is missing: only common passwords are refused")
    if chosen.google_client_id and chosen.google_issuer != "https://accounts.google.com":
        found.append("GOOGLE_ISSUER is not Google: whoever runs that provider vouches for people here")
    if len(chosen.secret_keys) == 1 and chosen.development:
        found.append("SECRET_KEY is the development key of this checkout")
    return found


async def _of_database() -> list[str]:
    try:
        waiting = await missing()
        if waiting:
            return [f"{len(waiting)} migrations are not applied: run `portico migrate`"]
        found = []
        if await WorkerHeartbeat.age() is None:
            found.append("no worker has ever run: start `portico worker`, or no mail is sent")
        if not await Tenant.member_count(PLATFORM):
            found.append("there is no operator: run `portico operator grant EMAIL`")
        found += [f"no databases for tenants can be made on {why}" for why in await provisioning.without_rights()]
    except db.Unavailable as away:
        return [f"the database cannot be used: {away}"]
    return found
