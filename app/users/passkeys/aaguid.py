"""Which product keeps a passkey, by the AAGUID it was made with: to name it, never to trust it."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from app import clientinfo
from app.i18n import _

_MODELS: dict[str, str] = msgspec.json.decode(Path(__file__).with_name("aaguids.json").read_bytes())


def model(aaguid: UUID) -> str | None:
    """The product's name; None if it keeps its model to itself (all zeros) or is not on the list."""
    return _MODELS.get(str(aaguid))


def first_name(aaguid: UUID, transports: Sequence[str], agent: str | None, taken: Sequence[str]) -> str:
    """How a new passkey is called until its owner renames it; like none of `taken`."""
    name = model(aaguid) or _guess(transports, agent)
    used = {other.casefold() for other in taken}
    number = 2
    chosen = name
    while chosen.casefold() in used:
        chosen = f"{name} {number}"
        number += 1
    return chosen


def _guess(transports: Sequence[str], agent: str | None) -> str:
    if {"usb", "nfc"} & set(transports) and not {"internal", "hybrid"} & set(transports):
        return _("Security key")
    device = clientinfo.device(agent)
    return _("Passkey made with %(device)s", device=device) if device else _("Passkey")
