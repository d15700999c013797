"""The measurements, each giving its rows of the table."""

import asyncio
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from bench.contestants import Contestant
from bench.hashing import verifications
from bench.load import Answer, ask_once, flood, p99, request
from bench.table import Row, at_least, at_most, for_information, median_and_spread
from bench.visitors import Visitor, arrive, keep_signing_in, looking_on
from bench.weights import weigh
from bench.world import BROWSER_SENDS, COMPRESSED, COST, Database, signed_in

CONNECTIONS = 32
STORM = 8
CROWD = 200
WATCHED = 8
HASH_MB = COST.memory / 1024
SIGN_IN = request("GET", "/login", BROWSER_SENDS)
_BROTLI = dict(COMPRESSED)


class Pair(NamedTuple):
    """What is asked of Portico, and of the reference so that it answers with as many bytes."""

    name: str
    portico: list[bytes]
    reference: list[bytes]


class Bench(NamedTuple):
    """The contestants of one run and how long it measures: `rounds` of `seconds` for each."""

    database: Database
    portico: Contestant
    reference: Contestant
    rounds: int
    seconds: float


async def pages(bench: Bench) -> list[Row]:
    """Pages a second against the reference, in turn, with the latencies of both."""
    home = len((await ask_once(bench.portico.port, signed_in(1))).body)
    login = len((await ask_once(bench.portico.port, SIGN_IN)).body)
    pairs = [
        Pair("signed-in home", _everyone("/"), _everyone(f"/{home}")),
        Pair("sign-in page", [SIGN_IN] * CONNECTIONS, _everyone(f"/{login}")),
        Pair("sign-in page, reference without a statement", [SIGN_IN] * CONNECTIONS, _everyone(f"/plain/{login}")),
    ]
    rows: list[Row] = []
    for pair in pairs:
        rows += await _compared(bench, pair)
    return rows
