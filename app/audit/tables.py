"""What happened. Rows are only ever added: a trigger refuses to change or delete them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from piccolo.columns import ForeignKey, OnDelete
from piccolo.columns.reference import LazyTableReference

from app import db
from app.columns import Enum, Json, String
from app.table import Row


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


_USER = LazyTableReference("User", module_path="app.users.tables")


class SecurityAuditLog(Row, tablename="SecurityAuditLogs"):
    """What matters for security. The tenant and who did it stand in `details`, which outlive the person's row."""

    user_id: ForeignKey[Any] = ForeignKey(_USER, on_delete=OnDelete.set_null)
    event = String()
    details = Json(null=True)
    ip_address = String(null=True)
    user_agent = String(null=True)
    severity = Enum(Severity, "enum_SecurityAuditLogs_severity", default=Severity.LOW, null=True)

    @classmethod
    async def happened_since(cls, user_id: UUID, events: Sequence[str], at: datetime) -> bool:
        """Whether one of these events happened to the person after that moment."""
        return bool(await db.value(_HAPPENED_SINCE, user_id, list(events), at))


class ActivityLog(Row, tablename="ActivityLogs"):
    """What a person did."""

    user_id: ForeignKey[Any] = ForeignKey(_USER, null=False)
    action = String()
    details = Json(null=True)
    ip_address = String(null=True)
    user_agent = String(null=True)


_HAPPENED_SINCE = """
SELECT EXISTS (SELECT FROM "SecurityAuditLogs"
    WHERE "userId" = $1 AND "event" = ANY ($2::varchar[]) AND "createdAt" > $3)
"""
