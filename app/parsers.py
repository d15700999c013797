"""How the text of each variable is read. A parser raises ValueError with what is wrong, never repeating a secret."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORTS = {"http": 80, "https": 443}


class PasswordCost(msgspec.Struct, frozen=True):
    """Argon2id's cost (RFC 9106 section 4): memory in KiB, passes, lanes."""

    memory: int = 65536
    passes: int = 3
    lanes: int = 4


def one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


def database_url(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must start with postgresql://")
    return text


def clusters(text: str) -> tuple[str, ...]:
    """DSNs separated by commas; a comma between the hosts of one DSN separates nothing."""
    found = tuple(re.split(r"\s*,\s*(?=postgres(?:ql)?://)", text))
    for dsn in found:
        url = urlsplit(database_url(dsn))
        if not (url.hostname or "host" in parse_qs(url.query)):
            raise ValueError("must name the host of each server")
        if "," in url.path:
            raise ValueError("must hold whole DSNs, separated by commas")
    names = [server_name(dsn) for dsn in found]
    if len(set(names)) < len(names):
        raise ValueError("names a server twice")
    return found


def server_name(dsn: str) -> str:
    """What a server is called where no secret may stand: its hosts and ports, or the folder of its socket."""
    url = urlsplit(dsn)
    query = parse_qs(url.query)
    hosts = url.netloc.rpartition("@")[2] or ",".join(query.get("host", ["localhost"]))
    return f"{hosts}:{query['port'][0]}".lower() if "port" in query else hosts.lower()


def secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(","))
    if any(len(key) < 32 for key in keys):
        raise ValueError("must hold keys of at least 32 characters, separated by commas")
    return keys


def base_url(text: str) -> str:
    """Written as browsers write Host and Origin: in lower case, without the port that the scheme has anyway."""
    match = re.fullmatch(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?/?", text.lower(), re.ASCII)
    if not match or int(match[3] or 1) not in range(1, 65536):
        raise ValueError("must be an address such as https://portal.example, without a path")
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" if not port or int(port) == _PORTS[scheme] else f"{scheme}://{host}:{int(port)}"


def web_url(text: str) -> str:
    url = urlsplit(one_line(text))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("must be an http or https address")
    return text


def support_url(text: str) -> str:
    return f"mailto:{mailbox(text[7:])}" if text.startswith("mailto:") else web_url(text)


def smtp_url(text: str) -> str:
    if (url := urlsplit(text)).scheme not in ("smtp", "smtps", "smtp+starttls") or not url.hostname:
        raise ValueError("must be smtp://, smtp+starttls:// or smtps:// with a host")
    return text


def mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", text):
        raise ValueError("must be a bare e-mail address")
    return text


def networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"must be a list of networks such as 10.0.0.0/8: {error}") from None


def file(text: str) -> Path:
    if not Path(text).is_file():
        raise ValueError("names a file that is not there")
    return Path(text)


def long_token(text: str) -> str:
    if len(text) < 24:
        raise ValueError("must have at least 24 characters")
    return text


def password_cost(text: str) -> PasswordCost:
    match = re.fullmatch(r"m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,2})", text, re.ASCII)
    if not match:
        raise ValueError("must look like m=65536,t=3,p=4 (KiB, passes, lanes)")
    cost = PasswordCost(*map(int, match.groups()))
    if cost.memory < 19456 or cost.passes < 1 or not 1 <= cost.lanes <= 16 or cost.memory * cost.passes < 38912:
        raise ValueError("is weaker than 19 MiB with 2 passes, the least that is allowed")
    return cost
