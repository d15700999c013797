"""People who sign in with a passkey: their keys, and a browser that shows one."""

import asyncio
import hashlib
import itertools
import json
import os
import subprocess
import sys
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from bench.load import Answer, request
from bench.visitors import Visitor
from bench.world import BROWSER_SENDS, HOST

_JSON = "application/json"
_VERIFIED = b"\x05"  # user present and verified
_next_network = itertools.count()


class Key(NamedTuple):
    """A passkey as an authenticator holds it: one that does not count."""

    credential_id: str
    handle: str
    private: ec.EllipticCurvePrivateKey

    def signed(self, challenge: str) -> dict[str, Any]:
        """The answer to options with this challenge (WebAuthn Level 3 section 6.3.3)."""
        client = {"type": "webauthn.get", "challenge": challenge, "origin": f"https://{HOST}", "crossOrigin": False}
        collected = json.dumps(client).encode()
        data = hashlib.sha256(HOST.encode()).digest() + _VERIFIED + bytes(4)
        signature = self.private.sign(data + hashlib.sha256(collected).digest(), ec.ECDSA(SHA256()))
        answer = {
            "clientDataJSON": _text(collected),
            "authenticatorData": _text(data),
            "signature": _text(signature),
            "userHandle": self.handle,
        }
        return {"id": self.credential_id, "rawId": self.credential_id, "type": "public-key", "response": answer}


class Owner(NamedTuple):
    """Somebody before the sign-in page, with their key at hand."""

    visitor: Visitor
    key: Key

    async def ask(self) -> Answer:
        """What the button or the autofill asks first."""
        return await self._post("options", {})

    async def show(self, options: Answer) -> Answer:
        signed = await asyncio.to_thread(self.key.signed, json.loads(options.body)["challenge"])
        return await self._post("verify", {"credential": signed})

    async def sign_in(self) -> Answer:
        """Both requests; raises RuntimeError if nobody is signed in by them."""
        answer = await self.show(await self.ask())
        if answer.status != 200:
            raise RuntimeError(f"a passkey was answered {answer.status}")
        return answer

    async def _post(self, act: str, sent: dict[str, Any]) -> Answer:
        """Each time from another network, as the limits would have it."""
        n = next(_next_network)
        headers = BROWSER_SENDS | {
            "cookie": self.visitor.cookie,
            "x-csrf-token": self.visitor.token,
            "x-forwarded-for": f"10.{1 + n // 65536}.{n // 256 % 256}.{n % 256}",
        }
        return await self.visitor.connection.ask(
            request("POST", f"/login/passkey/{act}", headers, json.dumps(sent).encode(), _JSON)
        )


def make(env: Mapping[str, str], count: int) -> list[Key]:
    """Keys of as many people, made by the kit; that works in staging alone, on whatever database it is given."""
    return [_key(_made(env)) for _person in range(count)]


async def arrive(port: int, keys: Sequence[Key]) -> list[Owner]:
    return [Owner(await Visitor.arrive(port), key) for key in keys]


async def keep_showing(owners: Sequence[Owner], seconds: float) -> int:
    """All of them sign in again and again; gives how often that was."""
    ends = time.perf_counter() + seconds
    done = 0

    async def repeat(owner: Owner) -> None:
        nonlocal done
        while time.perf_counter() < ends:
            await owner.sign_in()
            done += 1

    await asyncio.gather(*map(repeat, owners))
    return done


def _made(env: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "qa", "make", "passkey-only"],
        env={**os.environ, **env, "ENVIRONMENT": "staging"},
        check=True,
        stdout=subprocess.PIPE,
    )
    passkey: dict[str, Any] = json.loads(done.stdout)["passkeys"][0]
    return passkey


def _key(passkey: dict[str, Any]) -> Key:
    private = load_der_private_key(b64decode(passkey["privateKey"]), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("a passkey of another kind")
    return Key(_text(b64decode(passkey["credentialId"])), _text(b64decode(passkey["userHandle"])), private)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
