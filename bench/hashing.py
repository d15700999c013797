"""Raw Argon2id: what the machine verifies when nothing else is in the way."""

import os
import sys
import time

from argon2 import PasswordHasher

from bench.world import COST, PASSWORD


def verifications(seconds: float) -> float:
    """How many a second one thread does; at the priority at which Portico hashes, so that other load strikes both."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, 19)
    hasher = PasswordHasher(COST.passes, COST.memory, COST.lanes)
    stored = hasher.hash(PASSWORD)
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        hasher.verify(stored, PASSWORD)
        done += 1
    return done / (time.perf_counter() - started)
