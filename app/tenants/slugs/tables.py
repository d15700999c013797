"""Every slug there is or was (`Slugs`, kept by a trigger of Tenants): look-alikes count as one."""

from typing import Any

from piccolo.columns import ForeignKey, OnDelete, Varchar

from app import db
from app.columns import String, UtcTimestamp
from app.table import Base
from app.tenants.tables import Tenant


class Slug(Base, tablename="Slugs"):
    """`skeleton` is the slug with what looks alike made the same. A freed slug is kept for 90 days."""

    slug = Varchar(length=None, default=None, primary_key=True)
    skeleton = String(unique=True)
    tenant_id: ForeignKey[Any] = ForeignKey(Tenant, on_delete=OnDelete.set_null)
    freed_at = UtcTimestamp(null=True)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)

    @classmethod
    async def taken(cls, slugs: list[str]) -> set[str]:
        """Which of these may not be used: taken, like one that is, or freed less than 90 days ago."""
        return {row["slug"] for row in await db.rows(_TAKEN, slugs)}


_TAKEN = """
SELECT wanted AS slug FROM unnest($1::varchar[]) wanted JOIN "Slugs" s ON s."skeleton" = skeleton(wanted)
WHERE s."freedAt" IS NULL OR s."freedAt" > app_now() - interval '90 days'
"""
