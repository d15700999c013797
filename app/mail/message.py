"""A letter in the form of RFC 5322, with the headers that machines read."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import idna

from app.config import settings
from app.mail.rendering import Letter


def compose(letter: Letter, *, to: str, message_id: str, written: datetime) -> EmailMessage:
    """The message; equal for every attempt to deliver the same row, its Message-ID and Date included."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender(), settings().site_name)
    message["To"] = _address(to)
    message["Subject"] = letter.subject
    message["Date"] = written.replace(tzinfo=UTC)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes, please
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    support = settings().support_url or ""
    if support.startswith("mailto:"):
        message["Reply-To"] = _address(support.removeprefix("mailto:"))
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language  # here, because setting the content drops all Content headers
    return message


def sender() -> str:
    """MAIL_FROM with its domain in the ASCII form that every server takes."""
    local, _at, domain = settings().mail_from.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def _address(address: str, name: str = "") -> Address:
    """Given in parts: nothing is parsed, so nothing in a name can become an address."""
    local, _at, domain = address.rpartition("@")
    return Address(name, local, domain)
