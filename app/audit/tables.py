"""What happened. Rows are only ever added: a trigger refuses to change or delete them."""

from enum import StrEnum
from typing import Any

from piccolo.columns import ForeignKey, OnDelete
from piccolo.columns.reference import LazyTableReference

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


class ActivityLog(Row, tablename="ActivityLogs"):
    """What a person did."""

    user_id: ForeignKey[Any] = ForeignKey(_USER, null=False)
    action = String()
    details = Json(null=True)
    ip_address = String(null=True)
    user_agent = String(null=True)
