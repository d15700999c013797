"""What `Tenants.databaseUrl` holds: an address with its password, or that there is none yet, always encrypted."""

import base64
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from app import crypto

_COLUMN = b"Tenants.databaseUrl"
_PURPOSE = "database url"
# What a client needs to find the server and trust it. Certificates and options are the admin's own.
_KEPT = frozenset({"host", "hostaddr", "port", "sslmode", "sslrootcert", "target_session_attrs"})


def pending(tenant_id: UUID) -> str:
    """What stands in the column before there is a database, encrypted."""
    return sealed_url(f"pending:{tenant_id}")


def sealed_url(url: str) -> str:
    """What `databaseUrl` holds: equal urls give equal text, so that UNIQUE keeps its meaning."""
    return base64.urlsafe_b64encode(crypto.encrypt_stable(_PURPOSE, url.encode(), _COLUMN)).decode()


def opened_url(sealed: str) -> str | None:
    """The address with its password, or None while there is no database. Raises crypto.CannotDecrypt."""
    url = crypto.decrypt_stable(_PURPOSE, base64.urlsafe_b64decode(sealed), _COLUMN).decode()
    return None if url.startswith("pending:") else url


def own_url(admin_dsn: str, name: str, password: str) -> str:
    """The address of database `name` for the role of that name, on the server of the admin's DSN."""
    url = urlsplit(admin_dsn)
    hosts = url.netloc.rpartition("@")[2]
    kept = [(key, value) for key, value in parse_qsl(url.query) if key in _KEPT]
    query = f"?{urlencode(kept, safe='/,')}" if kept else ""
    return f"postgresql://{name}:{password}@{hosts}/{name}{query}"


def admin_url(admin_dsn: str, name: str) -> str:
    """The admin's own DSN, for database `name`."""
    url = urlsplit(admin_dsn)
    query = [(key, value) for key, value in parse_qsl(url.query) if key not in {"dbname", "database"}]
    return url._replace(path=f"/{name}", query=urlencode(query, safe="/,")).geturl()
