"""Writing a mail: a row and a job in the caller's transaction, so that what did not happen is not told.

Only kind and parameters are stored; the words are rendered when the mail is sent, in the reader's language.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid4

import msgspec

from app import crypto, db
from app.config import ROOT, settings
from app.jobs import queue

EMAILS = ROOT / "templates" / "emails"

# What app/users/addresses.py lets through; whoever comes by another way must not reach the SMTP dialogue.
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[a-zA-Z0-9.-]{1,253}", re.ASCII)

PURPOSE = "outbox"
DELIVER = "mail.deliver"

_INSERT = f"""
WITH mail AS (
  INSERT INTO "Outbox" ("id", "kind", "recipient", "userId", "language", "parameters", "secret", "messageId",
    "expiresAt", "status")
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
) {queue.statement(11)}
"""  # noqa: S608 - constants


async def send(  # noqa: PLR0913 - a mail has as many sides
    kind: str,
    to: str,
    *,
    user_id: UUID | None = None,
    language: str = "en",
    secret: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
    withheld: bool = False,
    mail_id: UUID | None = None,
    **parameters: object,
) -> None:
    """Mails templates/emails/`kind` to one address once this transaction commits.

    What lets somebody in, `code` and `link`, goes into `secret`: kept encrypted and erased when the mail is sent,
    dead or past `expires_at`. `parameters` must survive JSON; they are taken for words, never for addresses or markup,
    except `when`, `ready` and `expires`, UTC times in ISO form. `withheld` does the same work and sends nothing, so
    that no stopwatch tells whether an address has an account. `mail_id` names the row for whoever looks after it.
    Raises ValueError for what no caller may ask: two addresses, an unknown kind, a link to another site.
    """
    _check(kind, to, secret or {})
    mail_id = mail_id or uuid4()
    sealed = crypto.encrypt(PURPOSE, msgspec.json.encode(secret), mail_id.bytes) if secret else None
    await db.execute(
        _INSERT,
        mail_id,
        kind,
        to,
        user_id,
        language,
        parameters,
        None if withheld else sealed,
        f"<{mail_id}@{_domain()}>",
        expires_at,
        "expired" if withheld else "queued",
        *queue.parameters(DELIVER, key=f"{DELIVER} {mail_id}", mail_id=str(mail_id)),
    )


def _check(kind: str, to: str, secret: Mapping[str, str]) -> None:
    if not _exists(kind):
        raise ValueError(f"there is no mail {kind!r}")
    if not _ADDRESS.fullmatch(to) or any(character in to for character in ',;:<>()[]\\"'):
        raise ValueError("a mail goes to one plain address")
    home = f"{settings().base_url}/"
    if not secret.get("link", home).startswith(home):
        raise ValueError("a mailed link leads to this site")


@lru_cache(maxsize=256)
def _exists(kind: str) -> bool:
    return bool(re.fullmatch(r"[a-z_]+/[a-z_]+", kind)) and (EMAILS / f"{kind}.txt").is_file()


def _domain() -> str:
    """RFC 5322 section 3.6.4 wants the right side unique to us; an IPv6 host becomes a domain literal."""
    host = settings().hostname
    return f"[{host}]" if ":" in host else host
