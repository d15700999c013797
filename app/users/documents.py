"""The JSON documents of a person; their defaults are those of the reference, key by key."""

from typing import Literal

import msgspec

from app.columns import Stored


class Profile(Stored):
    """`Users.profile`: what a person says of themselves (product row 3.4)."""

    phone_number: str | None = None
    address: str | None = None
    timezone: str = "UTC"
    language: str = "en"
    bio: str | None = None
    social_links: dict[str, str] = msgspec.field(default_factory=dict)
    skills: list[str] = msgspec.field(default_factory=list)
    title: str | None = None
    department: str | None = None


class EmailPreferences(Stored):
    """`Users.emailPreferences`. `security` never silences a security notice, whatever it holds (product row 3.6)."""

    marketing: bool = True
    updates: bool = True
    security: bool = True
    newsletter: bool = False


class Preferences(Stored, omit_defaults=True):
    """`Users.preferences`: how pages look to this person (product row 3.5); what was not chosen is not stored."""

    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["comfortable", "compact"] = "comfortable"
    date_format: str | None = None
    time_format: str | None = None
    start_page: str | None = None
    reduced_motion: bool = False
    default_tenant: str | None = None
