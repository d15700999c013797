"""The load generator: raw HTTP/1.1 over kept connections, cheap enough to share two cores with what it measures."""

import asyncio
import re
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_PATIENCE = 60
FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """One response as it came over the wire; `seconds` from the last byte asked to the last byte answered."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def header(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        found = re.findall(rb"\r\n" + name.encode() + rb": *([^\r\n]*)", self.head, re.IGNORECASE)
        return [value.decode("latin-1") for value in found]


class Lost(Exception):
    """The server closed the connection before its answer was complete."""


class Connection(asyncio.Protocol):
    """One kept connection with one request at a time on it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._received = b""
        self._size = 0
        self._asked = 0.0

    @classmethod
    async def open(cls, port: int) -> "Connection":
        loop = asyncio.get_running_loop()
        _transport, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    async def ask(self, request: bytes) -> Answer:
        """Sends the request and waits for all of its answer. Raises Lost."""
        if self._transport is None or self._transport.is_closing():
            raise Lost
        self._answer = asyncio.get_running_loop().create_future()
        self._received, self._size = b"", 0
        self._asked = time.perf_counter()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Lost())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._size:
            self._size = _whole_size(self._received)
        whole = self._size if self._size >= 0 else _end_of_chunks(self._received)
        if whole and len(self._received) >= whole and self._answer is not None and not self._answer.done():
            seconds = time.perf_counter() - self._asked
            head, _blank, body = self._received.partition(b"\r\n\r\n")
            self._answer.set_result(Answer(int(head[9:12]), head, body, seconds))


class Flood(NamedTuple):
    """What a number of connections got that asked without pause."""

    answers: int
    per_second: float
    p50: float
    p99: float


async def flood(port: int, requests: Sequence[bytes], seconds: float) -> Flood:
    """Each request on a connection of its own, again and again. Every answer must be 200, or RuntimeError is raised."""
    connections = [await Connection.open(port) for _request in requests]
    times: list[float] = []
    statuses: Counter[int] = Counter()
    ends = time.perf_counter() + seconds

    async def repeat(connection: Connection, request: bytes) -> None:
        while time.perf_counter() < ends:
            answer = await connection.ask(request)
            statuses[answer.status] += 1
            times.append(answer.seconds)

    started = time.perf_counter()
    async with asyncio.timeout(seconds + _PATIENCE):
        await asyncio.gather(*map(repeat, connections, requests))
    took = time.perf_counter() - started
    for connection in connections:
        connection.close()
    if set(statuses) != {200}:
        raise RuntimeError(f"expected only 200, got {dict(statuses)}")
    return Flood(len(times), len(times) / took, statistics.median(times), p99(times))


async def ask_once(port: int, request: bytes) -> Answer:
    """One request on a connection of its own."""
    connection = await Connection.open(port)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await connection.ask(request)
    finally:
        connection.close()


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"", kind: str = FORM) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if method == "POST":
        lines += [f"content-type: {kind}", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def p99(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _whole_size(received: bytes) -> int:
    """Bytes of head and body together; 0 while the head is incomplete, -1 for a body in chunks."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 0
    if length := _LENGTH.search(received, 0, end + 2):
        return end + 4 + int(length[1])
    return -1 if _CHUNKED.search(received, 0, end + 2) else end + 4


def _end_of_chunks(received: bytes) -> int:
    """The size of a chunked answer once its last chunk is there, else 0."""
    return len(received) if received.endswith(b"\r\n0\r\n\r\n") else 0
