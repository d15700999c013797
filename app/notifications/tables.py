"""What the bell tells a person."""

from typing import Any

from piccolo.columns import Boolean, ForeignKey, Text
from piccolo.columns.reference import LazyTableReference

from app.table import Row


class Notification(Row, tablename="Notifications"):
    user_id: ForeignKey[Any] = ForeignKey(LazyTableReference("User", module_path="app.users.tables"), null=False)
    message = Text(default=None)
    read = Boolean(default=False, null=True)
