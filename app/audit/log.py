"""`record()`: one call for one event, inside the transaction of the change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app import db
from app.actor import Actor
from app.audit.events import TOLD, Event
from app.audit.telling import tell

_SECURITY = """
INSERT INTO "SecurityAuditLogs" ("userId", "event", "details", "ipAddress", "userAgent", "severity")
VALUES ($1, $2, $3::jsonb, $4, $5, $6::"enum_SecurityAuditLogs_severity")
"""

_BOTH = """
WITH security AS (
    INSERT INTO "SecurityAuditLogs" ("userId", "event", "details", "ipAddress", "userAgent", "severity")
    VALUES ($1, $2, $3::jsonb, $4, $5, $6::"enum_SecurityAuditLogs_severity")
)
INSERT INTO "ActivityLogs" ("userId", "action", "details", "ipAddress", "userAgent")
VALUES ($1, $2, $3::jsonb, $4, $5)
"""


async def record(
    event: Event,
    *,
    by: Actor,
    about: UUID | None = None,
    tenant_id: UUID | None = None,
    undo: Mapping[str, str] | None = None,
    **details: Any,
) -> None:
    """Writes the event about a person (`about`, else the actor), with who did it from where, and tells the person.

    `details` hold what changed, never a secret. An event about nobody known goes to the security log only,
    since activity belongs to a person. `undo` is what "This was not me" needs to take it back.
    """
    person = about or by.user_id
    everything = {
        **details,
        "actor": {"kind": by.kind, "userId": by.user_id, "name": by.name, "sessionId": by.session_id},
        "requestId": by.request_id,
    }
    if tenant_id or by.tenant_id:
        everything["tenantId"] = tenant_id or by.tenant_id
    await db.execute(
        _BOTH if event.activity and person else _SECURITY,
        person,
        event.label,
        msgspec.json.encode(everything).decode(),
        by.ip,
        by.agent,
        event.severity,
    )
    if event.telling == TOLD and person:
        await tell(event, person, by=by, undo=undo or {}, details=details)
