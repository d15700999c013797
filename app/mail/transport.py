"""Handing a message to the mail server that SMTP_URL names, and understanding its answer."""

import asyncio
import ipaddress
from contextlib import suppress
from email.message import EmailMessage
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from app.config import settings
from app.mail.message import sender

REPLY_SECONDS = 20.0
"""How long the server may take for one reply."""

HAND_OVER_SECONDS = 60.0
"""How long handing over one mail may take in all; a slow server holds up no worker for longer."""

FAREWELL_SECONDS = 2.0

LONGEST_REASON = 300

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Refused(Exception):
    """The server will never take this mail for this recipient; its words are the message."""


class Delayed(Exception):
    """It did not work now.

    Everything that is about us rather than the recipient counts here too: a wrong password of the operator's must not
    bury the mails of a night.
    """


class Server(msgspec.Struct, frozen=True):
    """What an SMTP_URL says. There is no way from TLS back to plain text, and certificates are always checked."""

    host: str
    port: int
    scheme: str
    username: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"Server(host={self.host!r}, port={self.port!r})"

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises ValueError for a password that would travel in plain text through a network."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or parts.hostname is None:
            raise ValueError("SMTP_URL must be smtp://, smtp+starttls:// or smtps:// with a host")
        if parts.username and parts.scheme == "smtp" and not _is_here(parts.hostname):
            raise ValueError("SMTP_URL has a password but no TLS: use smtp+starttls:// or smtps://")
        return cls(
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            parts.scheme,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


async def hand_over(message: EmailMessage, recipient: str) -> None:
    """Returns once the server has said that it has the mail. Raises Refused or Delayed."""
    server = Server.of(settings().smtp_url or "")
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.scheme == "smtps",
        start_tls=server.scheme == "smtp+starttls",
        local_hostname=settings().hostname,
        timeout=REPLY_SECONDS,
    )
    try:
        async with asyncio.timeout(HAND_OVER_SECONDS):
            await client.connect()
            if server.username is not None:
                await client.login(server.username, server.password or "")
            await client.sendmail(sender(), [recipient], message.as_bytes())
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _judged(error.recipients[0]) from None
    except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as error:
        raise _judged(error) from None
    except aiosmtplib.SMTPNotSupported as error:
        raise Refused(_one_line(str(error))) from None
    except (aiosmtplib.SMTPException, OSError) as error:  # OSError holds TimeoutError and TLS errors too
        raise Delayed(_one_line(f"{type(error).__name__}: {error}")) from None
    else:
        with suppress(aiosmtplib.SMTPException, OSError):  # the mail is theirs now, whatever becomes of the farewell
            await client.quit(timeout=FAREWELL_SECONDS)
    finally:
        client.close()


def _judged(error: aiosmtplib.SMTPResponseException) -> Refused | Delayed:
    """RFC 5321 section 4.2.1: 5yz is for good, 4yz for now."""
    kind = Refused if 500 <= error.code < 600 else Delayed
    return kind(_one_line(f"{error.code} {error.message}"))


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_REASON]


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
