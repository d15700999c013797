"""The measurements, each giving its rows of the table."""

import asyncio
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from typing import NamedTuple

import asyncpg

from bench.contestants import WORKERS, Contestant
from bench.hashing import verifications
from bench.load import Answer, Connection, Flood, ask_once, flood, p99, request
from bench.passkeys import arrive as arrive_with_keys
from bench.passkeys import keep_showing
from bench.passkeys import make as make_keys
from bench.table import Row, at_least, at_most, for_information, spread
from bench.teams import BATCH, Desk, Team, reached, worker
from bench.teams import make as make_teams
from bench.visitors import arrive, keep_signing_in, looking_on
from bench.weights import weigh
from bench.world import BROWSER_SENDS, COMPRESSED, COST, Database, signed_in

CONNECTIONS = 32
STORM = 8
KEYS = 8
"""People who sign in with a passkey."""

CROWD = 200
WATCHED = 8
IDLE_MB, LOADED_MB = 110, 140
HASH_MB = COST.memory // 1024
SIGN_IN = request("GET", "/login", BROWSER_SENDS)


class Bench(NamedTuple):
    """The contestants of one run, and how long it measures: `rounds` of about `seconds` for each."""

    database: Database
    portico: Contestant
    reference: Contestant
    on_uvicorn: Contestant
    env: dict[str, str]
    rounds: int
    seconds: float


class Side(NamedTuple):
    """One side of a comparison: what is asked of whom, a connection for each request."""

    server: Contestant
    requests: list[bytes]


class Cost(NamedTuple):
    """A flood, and the seconds of processor time that one page of it took."""

    flood: Flood
    cpu: float


async def rehearsal(bench: Bench) -> list[Row]:
    """Nothing measured: every page compiled, every connection open. On a busy machine a first rush may be refused."""
    for server, path in ((bench.portico, "/"), (bench.reference, "/6000"), (bench.on_uvicorn, "/")):
        for _try in range(5):
            with suppress(RuntimeError):
                await flood(server.port, _everyone(path), bench.seconds / 2)
    return []


async def pages(bench: Bench) -> list[Row]:
    """Pages a second beside the reference, which answers with as many bytes."""
    portico, reference = bench.portico, bench.reference
    home = len((await ask_once(portico.port, signed_in(1))).body)
    login = len((await ask_once(portico.port, SIGN_IN)).body)
    lone = len((await ask_once(portico.port, signed_in(1, "/logout"))).body)
    sign_in = Side(portico, [SIGN_IN] * CONNECTIONS)
    own, compressed = Side(portico, _everyone("/")), Side(portico, _everyone("/", **COMPRESSED))
    comparisons = [
        ("signed-in home / reference", own, Side(reference, _everyone(f"/{home}")), 0.75),
        (
            "signed-in page of one statement (/logout) / reference",
            Side(portico, _everyone("/logout")),
            Side(reference, _everyone(f"/{lone}")),
            None,
        ),
        ("sign-in page / reference", sign_in, Side(reference, _everyone(f"/{login}")), 0.75),
        ("sign-in page / reference without SQL", sign_in, Side(reference, _everyone(f"/plain/{login}")), None),
        ("signed-in home compressed / plain", compressed, own, None),
        ("signed-in home on Granian / on uvicorn", own, Side(bench.on_uvicorn, _everyone("/")), None),
        ("sign-in page on Granian / on uvicorn", sign_in, Side(bench.on_uvicorn, [SIGN_IN] * CONNECTIONS), None),
    ]
    return [row for comparison in comparisons for row in await _compared(bench, *comparison)]


async def statements(bench: Bench) -> list[Row]:
    """Statements for one signed-in page, as the server logs them."""
    connection = await Connection.open(bench.portico.port)
    for _page in range(5):  # its process has a database connection by then, with the types it must ask for once
        await connection.ask(signed_in(1))

    async def three_pages() -> None:
        for _page in range(3):
            await connection.ask(signed_in(1))

    logged = await bench.database.statements_of(three_pages)
    connection.close()
    return [at_most("SQL statements for a signed-in page", 2, len(logged) / 3)]


async def sign_ins(bench: Bench) -> list[Row]:
    """Sign-ins beside raw Argon2, and what a page has to wait for meanwhile."""
    loop = asyncio.get_running_loop()
    ratios, rates, quiet, stormy = [], [], [], []
    with ProcessPoolExecutor(WORKERS) as pool:
        for _round in range(bench.rounds):
            raw = await asyncio.gather(
                *(loop.run_in_executor(pool, verifications, bench.seconds) for _worker in range(WORKERS))
            )
            # Anew, as the server closes connections on which nothing was asked meanwhile.
            visitors = await arrive(bench.portico.port, STORM)
            rates.append(await keep_signing_in(visitors, bench.seconds))
            ratios.append(rates[-1] / sum(raw))
            async with looking_on(bench.portico.port, _everyone("/")[:WATCHED]) as times:
                await asyncio.sleep(bench.seconds)
            quiet.append(p99(times))
            async with looking_on(bench.portico.port, _everyone("/")[:WATCHED]) as times:
                await keep_signing_in(visitors, bench.seconds)
            stormy.append(p99(times))
    before, during = statistics.median(quiet) * 1000, statistics.median(stormy) * 1000
    rate = f"{statistics.median(rates):.1f}/s, {spread(ratios)}"
    return [
        at_least(f"sign-ins/s at {STORM} in flight / raw Argon2", 0.9, statistics.median(ratios), rate),
        at_most("p99 of the home in that storm / quiet", 5, during / before, f"{during:.1f} ms, {before:.1f} ms quiet"),
    ]


async def passkeys(bench: Bench) -> list[Row]:
    """What a passkey asks of the database beside what a password does, and what a page has to wait for meanwhile."""
    keys = make_keys(bench.env, KEYS)
    owners = await arrive_with_keys(bench.portico.port, keys)
    [typing] = await arrive(bench.portico.port, 1)
    for _try in range(5):  # its process has its statements ready by then
        await typing.sign_in()
        await owners[0].sign_in()
    options: list[Answer] = []

    async def ask() -> None:
        options.append(await owners[0].ask())

    asked = len(await bench.database.statements_of(ask))
    shown = len(await bench.database.statements_of(lambda: owners[0].show(options[0])))
    typed = len(await bench.database.statements_of(typing.sign_in))
    quiet, busy, done = [], [], 0
    for _round in range(bench.rounds):
        owners = await arrive_with_keys(bench.portico.port, keys)
        async with looking_on(bench.portico.port, _everyone("/")[:WATCHED]) as times:
            await asyncio.sleep(bench.seconds)
        quiet.append(p99(times))
        async with looking_on(bench.portico.port, _everyone("/")[:WATCHED]) as times:
            done += await keep_showing(owners, bench.seconds)
        busy.append(p99(times))
    before, during = statistics.median(quiet) * 1000, statistics.median(busy) * 1000
    rate = f"{done / bench.rounds / bench.seconds:.0f} sign-ins/s; {during:.1f} ms, {before:.1f} ms quiet"
    return [
        at_most("SQL statements for a passkey's options", 3, asked),
        at_most("SQL statements it adds to a sign-in by password", 3, shown - typed, f"{shown}, {typed}"),
        at_most(f"p99 of the home with {len(owners)} passkeys in flight / quiet", 5, during / before, rate),
    ]


async def crowd(bench: Bench) -> list[Row]:
    """Many sign-ins at the same moment: bounded memory, a friendly refusal of the rest, and pages still quick."""
    visitors = await arrive(bench.portico.port, CROWD)
    peaks = bench.portico.megabytes()

    async def watch_memory() -> None:
        while True:
            peaks[:] = map(max, peaks, bench.portico.megabytes())
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch_memory())
    async with looking_on(bench.portico.port, [*_everyone("/")[: WATCHED // 2], *[SIGN_IN] * (WATCHED // 2)]) as times:
        answers = await asyncio.gather(*(visitor.sign_in() for visitor in visitors))
    watching.cancel()
    counted = Counter(answer.status for answer in answers)
    polite = all(answer.status == 303 or _asks_to_return(answer) for answer in answers)
    said = ", ".join(f"{count} x {status}" for status, count in sorted(counted.items()))
    return [
        Row(f"{CROWD} sign-ins at once", "303, or 503 with Retry-After", said, polite),
        at_most("slowest other page meanwhile", 1, max(times), f"of {len(times)}", unit=" s"),
        at_most("peak RSS of a worker meanwhile", LOADED_MB + HASH_MB, max(peaks), f"{HASH_MB} MB a hash", unit=" MB"),
    ]


async def teams(bench: Bench) -> list[Row]:
    """Pages of a team a hundred times as large, and inviting to it."""
    small, big = make_teams(bench.env)
    connection = await Connection.open(bench.portico.port)
    rows = [await _grown(connection, what, page, big.pages()[what], bench) for what, page in small.pages().items()]
    rows.append(await _statements_of_list(bench, big))
    connection.close()
    return [*rows, *await _inviting(bench, f"/t/{big.slug}/invitations")]


async def weights(bench: Bench) -> list[Row]:
    """Pages as they go over the wire to a browser that takes Brotli."""
    entrance = await weigh(bench.portico.port, request("GET", "/login", BROWSER_SENDS | COMPRESSED))
    home = await weigh(bench.portico.port, signed_in(1, **COMPRESSED))
    return [
        _kilobytes("sign-in page, everything", 16, entrance.everything),
        _kilobytes("first signed-in page, everything", 36, home.everything),
        _kilobytes("next signed-in page", 6, home.page),
        _kilobytes("CSS of a page", 12, max(entrance.styles, home.styles)),
        _kilobytes("own JS of a page", 6, max(entrance.own_scripts, home.own_scripts)),
    ]


def memory(bench: Bench, what: str, most: float) -> Row:
    """The larger worker, as it is now."""
    beside = f"the reference's {max(bench.reference.megabytes()):.0f}"
    return at_most(f"RSS of a worker {what}", most, max(bench.portico.megabytes()), beside, unit=" MB")


async def _grown(connection: Connection, what: str, small: bytes, big: bytes, bench: Bench) -> Row:
    """One after the other on the same connection, in turn; the medians of the rounds' ratios."""
    both: list[tuple[float, float]] = []
    sizes: list[int] = []
    for _round in range(2 * bench.rounds):
        times: tuple[list[float], list[float]] = [], []
        ends = time.perf_counter() + bench.seconds / 4
        while time.perf_counter() < ends:
            answers = [await connection.ask(page) for page in (small, big)]
            if any(answer.status != 200 for answer in answers):
                raise RuntimeError(f"{what}: a page was answered {[answer.status for answer in answers]}")
            sizes = [answer.body.count(b'name="members"') for answer in answers]
            for got, answer in zip(times, answers, strict=True):
                got.append(answer.seconds)
        both.append((statistics.median(times[0]), statistics.median(times[1])))
    ratios = [most / few for few, most in both]
    few, most = (statistics.median(each) * 1000 for each in zip(*both, strict=True))
    said = f"{few:.1f} ms, {most:.1f} ms; {sizes[0]} and {sizes[1]} rows; {spread(ratios)}"
    return at_most(f"{what}: 100,000 / 1,000", 1.5, statistics.median(ratios), said)


async def _statements_of_list(bench: Bench, team: Team) -> Row:
    """The most of any of these pages."""
    connection = await Connection.open(bench.portico.port)
    most = 0
    for page in team.pages().values():

        async def ask(page: bytes = page) -> None:
            await connection.ask(page)

        for _page in range(3):
            await ask()
        most = max(most, len(await bench.database.statements_of(ask)))
    connection.close()
    return at_most("SQL statements for a page of members", 4, most)


async def _inviting(bench: Bench, path: str) -> list[Row]:
    desk = await Desk.open(bench.portico.port, f"{path}/new")
    for n in range(5):  # its process has its statements ready by then
        await desk.invite(email=f"before{n}@mail.example.com")
    logged = await bench.database.statements_of(lambda: desk.invite(email="counted@mail.example.com"))
    asked = [sql for sql in logged if not sql.startswith(("BEGIN", "COMMIT"))]
    rows = [at_most("SQL statements for an invitation, between BEGIN and COMMIT", 8, len(asked))]
    own = await asyncpg.connect(bench.database.dsn)
    with worker(bench.env):
        await reached(own, "SELECT NOT EXISTS (SELECT FROM pgqueuer WHERE status IN ('queued', 'picked'))")
        many = await Desk.open(bench.portico.port, f"{path}/many")
        typed = "\n".join(f"invited{n}@mail.example.com" for n in range(BATCH))
        async with looking_on(bench.portico.port, _everyone("/")[:WATCHED]) as times:
            started = time.perf_counter()
            await many.invite(typed=typed)
            await reached(own, 'SELECT bool_and("finishedAt" IS NOT NULL) FROM "InvitationBatches"')
            took, seen = time.perf_counter() - started, list(times)
            await reached(own, """SELECT NOT EXISTS (SELECT FROM "Outbox" WHERE "status" = 'queued')""")
            mailed = time.perf_counter() - started
    made = await own.fetchval("""SELECT count(*) FROM "Invitations" WHERE "email" LIKE 'invited%'""")
    await own.close()
    if made != BATCH:
        raise RuntimeError(f"{made} of {BATCH} were invited")
    return [
        *rows,
        at_most(f"{BATCH:,} invitations at once until done", 30, took, f"all mailed after {mailed:.1f} s", unit=" s"),
        at_most("slowest home meanwhile", 1, max(seen), f"of {len(seen)}, p99 {p99(seen):.2f} s", unit=" s"),
    ]


async def _compared(bench: Bench, what: str, ours: Side, theirs: Side, goal: float | None = None) -> list[Row]:
    """Both sides in turn, the first of them changing, in short rounds; the medians of the rounds' ratios."""
    mine: list[Cost] = []
    others: list[Cost] = []
    for n in range(2 * bench.rounds):
        for side, got in ((ours, mine), (theirs, others))[:: 1 if n % 2 else -1]:
            got.append(await _cost(bench, side))
    ratios = [a.flood.per_second / b.flood.per_second for a, b in zip(mine, others, strict=True)]
    said = f"{_middle(mine)}; {_middle(others)}; {spread(ratios)}"
    ratio = statistics.median(ratios)
    work = statistics.median(b.cpu / a.cpu for a, b in zip(mine, others, strict=True))
    return [
        at_least(what, goal, ratio, said) if goal else for_information(what, f"{ratio:.2f} ({said})"),
        for_information("- by processor time instead", f"{work:.2f} ({_micros(mine)}; {_micros(others)} a page)"),
    ]


async def _cost(bench: Bench, side: Side) -> Cost:
    """A flood, and what the server and its database worked for a page: that hardly knows of other load."""
    before = side.server.cpu_seconds() + bench.database.cpu_seconds()
    got = await flood(side.server.port, side.requests, bench.seconds / 2)
    used = side.server.cpu_seconds() + bench.database.cpu_seconds() - before
    return Cost(got, used / got.answers)


def _middle(costs: list[Cost]) -> str:
    rate = statistics.median(cost.flood.per_second for cost in costs)
    half = statistics.median(cost.flood.p50 for cost in costs) * 1000
    most = statistics.median(cost.flood.p99 for cost in costs) * 1000
    return f"{rate:,.0f}/s, p50 {half:.0f} ms, p99 {most:.0f} ms"


def _micros(costs: list[Cost]) -> str:
    return f"{statistics.median(cost.cpu for cost in costs) * 1e6:.0f} µs"


def _everyone(path: str, **more: str) -> list[bytes]:
    return [signed_in(n, path, **more) for n in range(1, CONNECTIONS + 1)]


def _asks_to_return(answer: Answer) -> bool:
    return answer.status == 503 and len(answer.header("retry-after")) == 1


def _kilobytes(what: str, most: float, size: int) -> Row:
    return at_most(what, most, size / 1024, f"{size:,} bytes", unit=" KB")
