"""A real OpenID provider in Google's place: a process of its own on this machine."""

import os
import subprocess
import sys
import time
from typing import Any, Self

import httpx

from app.config import ROOT
from e2e.server import free_port

STARTS_WITHIN = 30.0


class Provider:
    """`address` is its issuer; `settings` make a Portico use it. Who it knows is told by `knows`."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"http://localhost:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "e2e.provider_process", str(port)],
            cwd=ROOT,
            env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def settings(self) -> dict[str, str]:
        return {
            "GOOGLE_ISSUER": self.address,
            "GOOGLE_CLIENT_ID": "portico.apps.google.test",
            "GOOGLE_CLIENT_SECRET": "the client's secret",
        }

    def start(self) -> Self:
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                httpx.get(f"{self.address}/jwks", timeout=2)
            except httpx.TransportError:
                self._pause()
            else:
                return self
        self.stop()
        raise RuntimeError("the provider does not answer")

    def knows(self, subject: str, **claims: Any) -> None:
        """From now on this is what it says of a person."""
        httpx.put(f"{self.address}/users/{subject}", json=claims, timeout=5).raise_for_status()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _pause(self) -> None:
        try:
            self._process.wait(0.05)
        except subprocess.TimeoutExpired:
            return
