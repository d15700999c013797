"""`portico …`: the commands that run and look after a deployment."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import click
import msgspec

from app import db, dev
from app.migrations import migrate as run_migrations
from app.operator import doctor, grants, people, world
from app.operator.qa import aging, making
from app.operator.qa.states import STATES
from app.operator.tenants import actions as tenants
from app.programs import configured, run

T = TypeVar("T")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Portico: the front door of a multi-tenant platform."""


@main.command()
def serve() -> None:
    """Serve the web pages on PORT with WEB_WORKERS processes."""
    run("serve")


@main.command()
def worker() -> None:
    """Send mail and do the scheduled work."""
    run("worker")


@main.command(name="dev")
def develop() -> None:
    """Everything at once on this machine: database, migrations, demo people, web and worker."""
    sys.exit(dev.run())


@main.command()
def migrate() -> None:
    """Bring the database to the schema of this release. Safe to repeat, and to run from several places at once."""
    applied = asyncio.run(run_migrations(configured().database_url))
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


@main.command()
@click.option(
    "--members", type=click.IntRange(1, world.MOST_MEMBERS), help="Make a tenant `big` with so many members too."
)
def seed(members: int | None) -> None:
    """Make the demo people and tenants, unless they are there. Refuses in production."""
    if configured().production:
        _fail("the demo people have a password that everyone knows; they are never made in production")
    click.echo(_run(world.make(members or 0, click.echo)))


@main.command()
def check() -> None:
    """List what is missing to go live."""
    chosen = configured()
    problems = _run(doctor.problems(chosen))
    for problem in problems:
        click.echo(f"- {problem}")
    click.echo("ready" if not problems else f"{len(problems)} to look at")
    sys.exit(1 if problems else 0)


@main.group()
def operator() -> None:
    """Who may run the platform."""


@operator.command(name="grant")
@click.argument("email")
def grant(email: str) -> None:
    """Make EMAIL an operator. Prints a one-use set-up link if the person has no way to sign in yet."""
    configured()
    click.echo(_run(grants.grant(email)))


@operator.command(name="revoke")
@click.argument("email")
def revoke(email: str) -> None:
    """Take EMAIL off the operators."""
    configured()
    click.echo(_run(grants.revoke(email)))


@main.group()
def user() -> None:
    """Help for one person."""


@user.command(name="unlock")
@click.argument("email")
def unlock(email: str) -> None:
    """Lift the lockout of EMAIL after too many wrong passwords."""
    configured()
    click.echo(_run(grants.unlock(email)))


@user.command(name="reset-2fa")
@click.argument("email")
def reset_second_step(email: str) -> None:
    """Remove the second step of EMAIL: authenticator app and backup codes. Make sure first who asks."""
    configured()
    click.echo(_run(people.reset_second_step(email)))


@user.command(name="sessions")
@click.argument("email")
@click.option("--end", "session_id", metavar="ID", help="End this session.")
@click.option("--end-all", is_flag=True, help="End all of them.")
def sessions(email: str, session_id: str | None, end_all: bool) -> None:  # noqa: FBT001 - click's way
    """List where EMAIL is signed in: id, since when, last seen, device, place (times in UTC)."""
    configured()
    if end_all:
        click.echo(_run(people.end_sessions(email)))
    elif session_id:
        click.echo(_run(people.end_session(email, session_id)))
    else:
        click.echo(_run(people.sessions(email)))


@main.group()
def tenant() -> None:
    """Tenants and their databases."""


@tenant.command(name="list")
def tenant_list() -> None:
    """List the tenants: slug, status, members, how far the database is, name."""
    configured()
    click.echo(_run(tenants.listed()))


@tenant.command(name="provision")
@click.argument("slug")
def provision(slug: str) -> None:
    """Make the database of tenant SLUG now, or finish what was begun. Safe to repeat."""
    configured()
    click.echo(_run(tenants.provision(slug)))


@main.group()
def qa() -> None:
    """People in a state, and time that passes for one of them. Refuses in production."""
    if configured().production:
        _fail("made people have no place among people's accounts; `qa` is for development and staging")


@qa.command(
    name="make", epilog="\b\nStates:\n" + "\n".join(f"  {name:20} {state.says}" for name, state in STATES.items())
)
@click.argument("state")
@click.option("--email", help="The address; without it, one that nobody has.")
@click.option("--name", help="What the person is called.")
@click.option("--signed-in", is_flag=True, help="With a session, where the state has none.")
def make(state: str, email: str | None, name: str | None, signed_in: bool) -> None:  # noqa: FBT001 - click's way
    """Make a person in STATE. Prints them as JSON, with all their secrets."""
    click.echo(_json(_run(making.make(state, email=email, name=name, signed_in=signed_in))))


@qa.command(name="age")
@click.argument("whose", metavar="EMAIL|TENANT")
@click.argument("duration")
def age(whose: str, duration: str) -> None:
    """Let DURATION (30s, 11m, 36h, 8d) pass for EMAIL, or for the tenant of that slug, alone: what waits or expires
    does so that much earlier.
    """
    click.echo(_json(_run(aging.age(whose, duration))))


def _json(made: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def _fail(problem: str) -> None:
    click.echo(f"portico: {problem}", err=True)
    sys.exit(2)


def _run(work: Coroutine[Any, Any, T]) -> T:
    async def with_pool() -> T:
        try:
            return await work
        finally:
            await db.close_pool()

    try:
        return asyncio.run(with_pool())
    except grants.Refused as no:
        click.echo(f"portico: {no}", err=True)
        sys.exit(1)
