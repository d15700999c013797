"""The configuration: read once from the environment, checked as a whole, never changed afterwards."""

import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from app import parsers
from app.parsers import Network as Network  # noqa: PLC0414 - as below
from app.parsers import PasswordCost as PasswordCost  # noqa: PLC0414 - part of this interface

ROOT = Path(__file__).resolve().parent.parent

T = TypeVar("T")
Environment = Literal["development", "staging", "production"]
NO_TEXTS: tuple[str, ...] = ()
NO_NETWORKS: tuple[Network, ...] = ()
Signup = Literal["open", "invite", "closed"]


class ConfigError(Exception):
    """The environment cannot be used; `problems` holds one clear line for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting of a running Portico; docs/configuration.md describes each variable."""

    environment: Environment = "development"
    database_url: str = ""
    secret_keys: tuple[str, ...]
    base_url: str
    port: int = 8000
    web_workers: int = 1
    site_name: str = "Portico"
    site_logo: str | None = None
    smtp_url: str | None = None
    mail_from: str = "portico@localhost"
    trusted_proxies: tuple[Network, ...] = ()
    google_client_id: str | None = None
    google_client_secret: str | None = None
    google_issuer: str = "https://accounts.google.com"
    geoip_database: Path | None = None
    signup: Signup = "open"
    qa_token: str | None = None
    password_min_length: int = 12
    password_cost: PasswordCost = PasswordCost()
    breached_passwords: Path | None = None
    blocked_domains: Path | None = None
    terms_url: str | None = None
    terms_version: str | None = None
    privacy_url: str | None = None
    support_url: str | None = None
    tenant_database_clusters: tuple[str, ...] = ()
    log_format: Literal["console", "json"] = "console"

    def __repr__(self) -> str:
        """Without the secrets, which also stand in addresses such as DATABASE_URL."""
        return f"Settings(environment={self.environment!r}, base_url={self.base_url!r})"

    @property
    def clusters(self) -> tuple[str, ...]:
        """Where the databases of tenants are made: admin DSNs, the portal's own unless others are configured."""
        return self.tenant_database_clusters or (self.database_url,)

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def development(self) -> bool:
        return self.environment == "development"

    @property
    def host(self) -> str:
        """The one host (with port, if it is not the scheme's own) that pages are served for."""
        return urlsplit(self.base_url).netloc

    @property
    def hostname(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def secure(self) -> bool:
        """Whether pages travel by https, and cookies may carry the `__Host-` prefix."""
        return self.base_url.startswith("https://")


_current: Settings | None = None


def settings() -> Settings:
    """The settings of this process, read from the environment on first use. Raises ConfigError."""
    return _current if _current is not None else use(read(os.environ))


def use(chosen: Settings) -> Settings:
    """Makes `chosen` the settings of this process: for the entry points and for tests."""
    global _current  # noqa: PLW0603 - the one place where the process's settings are kept
    _current = chosen
    return chosen


def settings_or_exit() -> Settings:
    """The settings, or the problems one a line on stderr and exit code 2."""
    try:
        return settings()
    except ConfigError as error:
        print(*(f"portico: {problem}" for problem in error.problems), sep="\n", file=sys.stderr)
        sys.exit(2)


def read(env: Mapping[str, str]) -> Settings:
    """Checks the whole environment and gives the settings, or raises ConfigError with every problem found."""
    reader = _Reader(env)
    environment = reader.choice("ENVIRONMENT", "development", "development", "staging", "production")
    port = reader.number("PORT", 8000, 1, 65535)
    found = {
        "environment": environment,
        "database_url": reader.take("DATABASE_URL", "", parsers.database_url),
        "secret_keys": reader.take("SECRET_KEY", NO_TEXTS, parsers.secret_keys),
        "base_url": reader.take("BASE_URL", f"http://localhost:{port}", parsers.base_url),
        "port": port,
        "web_workers": reader.number("WEB_WORKERS", 1, 1, 64),
        "site_name": reader.take("SITE_NAME", "Portico", parsers.one_line),
        "site_logo": reader.take("SITE_LOGO", None, parsers.web_url),
        "smtp_url": reader.take("SMTP_URL", None, parsers.smtp_url),
        "mail_from": reader.take("MAIL_FROM", "portico@localhost", parsers.mailbox),
        "trusted_proxies": reader.take("TRUSTED_PROXIES", NO_NETWORKS, parsers.networks),
        "google_client_id": reader.take("GOOGLE_CLIENT_ID", None, parsers.one_line),
        "google_client_secret": reader.take("GOOGLE_CLIENT_SECRET", None, parsers.one_line),
        "google_issuer": reader.take("GOOGLE_ISSUER", "https://accounts.google.com", parsers.web_url),
        "geoip_database": reader.take("GEOIP_DATABASE", None, parsers.file),
        "signup": reader.choice("SIGNUP", "open", "open", "invite", "closed"),
        "qa_token": reader.take("QA_TOKEN", None, parsers.long_token),
        "password_min_length": reader.number("PASSWORD_MIN_LENGTH", 12, 8, 64),
        "password_cost": reader.take("PASSWORD_COST", PasswordCost(), parsers.password_cost),
        "breached_passwords": reader.take("BREACHED_PASSWORDS", None, parsers.file),
        "blocked_domains": reader.take("BLOCKED_DOMAINS", None, parsers.file),
        "terms_url": reader.take("TERMS_URL", None, parsers.web_url),
        "terms_version": reader.take("TERMS_VERSION", None, parsers.one_line),
        "privacy_url": reader.take("PRIVACY_URL", None, parsers.web_url),
        "support_url": reader.take("SUPPORT_URL", None, parsers.support_url),
        "tenant_database_clusters": reader.take("TENANT_DATABASE_CLUSTERS", NO_TEXTS, parsers.clusters),
        "log_format": reader.choice("LOG_FORMAT", "console", "console", "json"),
    }
    _check_together(found, reader.problems)
    if reader.problems:
        raise ConfigError(reader.problems)
    return Settings(**found)  # type: ignore[arg-type]


def _check_together(found: dict[str, object], problems: list[str]) -> None:
    """The rules that need more than one variable; fills the development defaults."""
    if found["environment"] != "development":
        for name, key in (("SECRET_KEY", "secret_keys"), ("SMTP_URL", "smtp_url")):
            if not found[key] and not (key == "smtp_url" and found["environment"] == "staging"):
                problems.append(f"{name} is missing; it is needed when ENVIRONMENT={found['environment']}")
        if not str(found["base_url"]).startswith("https://"):
            problems.append(f"BASE_URL must start with https:// when ENVIRONMENT={found['environment']}")
    elif not found["secret_keys"]:
        found["secret_keys"] = (_development_key(),)
    if bool(found["google_client_id"]) != bool(found["google_client_secret"]):
        problems.append("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together; one of them is missing")
    local = re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/|$)", issuer := str(found["google_issuer"]))
    if not issuer.startswith("https://") and (found["environment"] == "production" or not local):
        problems.append("GOOGLE_ISSUER must start with https://; http is for this machine, and not in production")
    if found["terms_version"] and not found["terms_url"]:
        problems.append("TERMS_VERSION is set but TERMS_URL is not: there would be nothing to read")


def _development_key() -> str:
    """A key of this checkout, kept in `.data/`, so that a restart in development signs nobody out."""
    path = ROOT / ".data" / "development.key"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text().strip()


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.problems: list[str] = []

    def take(self, name: str, default: T, parse: Callable[[str], T]) -> T:
        text = self.env.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return default

    def choice(self, name: str, default: str, *allowed: str) -> str:
        def parse(text: str) -> str:
            if text not in allowed:
                raise ValueError(f"must be one of {', '.join(allowed)}")
            return text

        return self.take(name, default, parse)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        def parse(text: str) -> int:
            if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not least <= int(text) <= most:
                raise ValueError(f"must be a whole number from {least} to {most}")
            return int(text)

        return self.take(name, default, parse)
