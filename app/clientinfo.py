"""Where a request comes from: the true address behind proxies, the device in words, the place if configured."""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

import maxminddb
import msgspec
from ua_parser import parse

from app.config import Network, settings

LONGEST_AGENT = 400
"""Characters of a User-Agent that are kept."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """`LoginHistories.location`: what the MaxMind file knows of an address."""

    city: str | None = None
    country: str | None = None
    code: str | None = None


@lru_cache(maxsize=4096)
def client_ip(peer: str | None, forwarded: tuple[str, ...], trusted: tuple[Network, ...]) -> str | None:
    """The address of the client: the rightmost one that no trusted proxy wrote about itself.

    `forwarded` are the values of all X-Forwarded-For headers in order; they count only when the peer is trusted.
    None means that it cannot be known, and rules about addresses must then refuse.
    """
    address = _address(peer)
    if address is None or not _within(address, trusted):
        return str(address) if address else None
    for entry in reversed([part.strip() for value in forwarded for part in value.split(",")]):
        hop = _address(entry)
        if hop is None:
            return None
        address = hop
        if not _within(address, trusted):
            break
    return str(address)


def one_line(agent: str) -> str:
    """A User-Agent as it is kept: of bounded length, and nothing in it that ends a line or colours a terminal."""
    kept = agent[:LONGEST_AGENT]
    return kept if kept.isprintable() else "".join(part if part.isprintable() else "?" for part in kept)


# What the parser tells apart and people do not: a phone's browser has the name that stands below its icon.
_FLAVOUR = re.compile(r"\bMobile | Mobile\b| iOS$| UI/WKWebView| WebView")


@lru_cache(maxsize=2048)
def device(agent: str | None) -> str | None:
    """A user agent in words, such as 'Firefox · Windows'; None where it says nothing."""
    found = parse(agent or "")
    browser = _FLAVOUR.sub("", found.user_agent.family) if found.user_agent else None
    system = found.os.family.replace("Mac OS X", "macOS") if found.os else None
    if browser and system:
        return f"{browser} · {system}"
    return browser or system


def place(ip: str | None) -> Place | None:
    """The place of an address by the MaxMind file of GEOIP_DATABASE, or None."""
    path = settings().geoip_database
    if not path or not ip:
        return None
    found = _places(str(path)).get(ip)
    if not isinstance(found, dict):
        return None
    return Place(_english(found.get("city")), _english(found.get("country")), _code(found.get("country")))


def place_to_keep(ip: str | None) -> str | None:
    """The place of an address as the JSON that a `location` column takes."""
    found = place(ip)
    return msgspec.json.encode(found).decode() if found else None


def place_words(found: Place | None) -> str | None:
    """'Lyon, France' or what is known of it."""
    return ", ".join(part for part in (found.city, found.country) if part) or None if found else None


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return None if address.scope_id else address.ipv4_mapped or address
    return address


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


@lru_cache(maxsize=1)
def _places(path: str) -> maxminddb.Reader:
    return maxminddb.open_database(path)


def _english(record: object) -> str | None:
    names = record.get("names") if isinstance(record, dict) else None
    name = names.get("en") if isinstance(names, dict) else None
    return name if isinstance(name, str) else None


def _code(record: object) -> str | None:
    code = record.get("iso_code") if isinstance(record, dict) else None
    return code if isinstance(code, str) else None
