"""Forms that came too early or too late: kept for their sender, without what must never be kept."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request
from litestar.enums import MediaType

from app.users.sudo.tables import Kept, KeptForm
from app.web import csrf

FIELD = "kept"
"""The field by which a kept form names itself when it is sent at last."""

OWN = frozenset({csrf.FIELD, "website", "form_age", FIELD})
SECRET = frozenset({"password", "new_password", "current_password", "code"})


async def keep(request: Request[Any, Any, Any], user_id: UUID, *, act: object, late: bool) -> UUID | None:
    """Keeps what was sent, for this person; `act` says in words what it would do, if its route does.

    Passwords, codes and files are left out and asked for again. Call it only for a form that was made for them.
    None for what no form sent: the script that did goes back to its own page.
    """
    if request.content_type[0] == MediaType.JSON:
        return None
    sent = await csrf.submitted(request)
    fields, incomplete = [], False
    for name, value in sent.multi_items():
        if name in SECRET or not isinstance(value, str):
            incomplete = True
        elif name not in OWN:
            fields.append((name, value))
    query = request.scope["query_string"].decode("latin-1")
    path = quote(request.scope["path"]) + (f"?{query}" if query else "")
    await take(request, user_id)
    form = Kept(path=path, fields=fields, act=str(act) if act else None, incomplete=incomplete, late=late)
    return await KeptForm.keep(user_id, form)


async def take(request: Request[Any, Any, Any], user_id: UUID) -> bool:
    """Uses up the kept form that this one is, if it is one; False if that was sent already, thrown away or ran out."""
    named = (await csrf.submitted(request)).get(FIELD)
    if named is None:
        return True
    try:
        return await KeptForm.take(UUID(str(named)), user_id)
    except ValueError:
        return False
