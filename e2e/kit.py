"""People in a named state, and time that passes for one of them: /dev/qa of the server under test (docs/qa.md)."""

import os
from typing import Any

import httpx
import msgspec


class Made(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who was made, with all that a state brings: what it does not ask for is empty."""

    state: str
    email: str
    name: str
    password: str | None
    old_password: str = ""
    totp: str = ""
    backup_codes: list[str] = []
    passkeys: list[dict[str, Any]] = []
    code: str = ""
    links: dict[str, str] = {}
    tenant: str = ""
    owner: str = ""
    admin: str = ""
    owner_password: str = ""
    invited: str = ""
    storage_state: dict[str, Any] | None = None


class Kit:
    """Asks the server; against a deployment with the same QA_TOKEN as it has."""

    def __init__(self, base_url: str) -> None:
        token = os.environ.get("QA_TOKEN")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=f"{base_url}/dev/qa", headers=headers, timeout=20)

    def make(self, state: str, *, signed_in: bool = False) -> Made:
        """Somebody new whom nobody else uses. `signed_in`: a page with their `storage_state` is theirs at once."""
        return msgspec.json.decode(self._ask("make", person=state, signedIn=signed_in), type=Made)

    def age(self, email: str, by: str) -> None:
        """Lets 11m, 36h or 8d pass for this person alone."""
        self._ask("age", person=email, by=by)

    def close(self) -> None:
        self._http.close()

    def _ask(self, act: str, **order: object) -> bytes:
        answer = self._http.post(f"/{act}", json=order)
        assert answer.is_success, f"/dev/qa/{act} answered {answer.status_code}: {answer.text}"
        return answer.content
