"""What a request costs the server, counted instead of timed: a clock on a busy machine tells nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app import crypto, db


class Work:
    """Statements and transactions in their order, and how often a password was hashed."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.hashes = 0
        self.real = 0

    @property
    def amount(self) -> tuple[int, int, int]:
        """Statements, transactions, hashes: what a stopwatch would see."""
        transactions = self.steps.count("BEGIN")
        return len(self.steps) - transactions, transactions, self.hashes


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Counts from here on; `real` are the hashes that were compared with somebody's own."""
    work = Work()
    run, block, verify, make = db.Held.run, db.Held.block, crypto._verify, crypto._hash  # noqa: SLF001 - where the work is done

    async def counting_run(held: db.Held, method: str, sql: str, args: Any) -> Any:
        work.steps.append(" ".join(sql.split())[:60])
        return await run(held, method, sql, args)

    def counting_block(held: db.Held) -> Any:
        work.steps.append("BEGIN")
        return block(held)

    def counting_verify(stored: str | None, password: str) -> bool:
        work.hashes += 1
        work.real += stored is not None
        return verify(stored, password)

    def counting_hash(password: str) -> str:
        work.hashes += 1
        return make(password)

    with monkeypatch.context() as patch:
        patch.setattr(db.Held, "run", counting_run)
        patch.setattr(db.Held, "block", counting_block)
        patch.setattr(crypto, "_verify", counting_verify)
        patch.setattr(crypto, "_hash", counting_hash)
        yield work
