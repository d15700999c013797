"""/t/{slug}/members: the list of members, and the same as a file."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath
from litestar.response import Stream

from app import db, tenancy
from app.i18n import _
from app.members.one.words import initials, status_words
from app.members.people import export
from app.members.people.tables import COUNTED, Key, Member, Members, NameKey, Narrowing, RoleName, Sort, Status, TimeKey
from app.members.people.words import words
from app.moments import moment
from app.permissions import Permission
from app.users.session import actor_of
from app.web import paging, spreadsheet
from app.web.page import AnyRequest, Page
from app.web.routes import get, post
from app.web.visitor import Person, membership, person

SIZE = 50
STATUSES: tuple[Status, ...] = ("active", "suspended", "closed")


class PeoplePages(Controller):
    path = "/members"

    @get("/", permission=Permission.MEMBERS_READ)
    async def index(self, request: AnyRequest, slug: FromPath[str]) -> Page:
        asked, roles = request.query_params, await RoleName.all()
        query, role_id = asked.get("q", "")[:200], _chosen(asked.get("role", ""), roles)
        status = next((each for each in STATUSES if each == asked.get("status")), None)
        sort = next((each for each in Sort if each == asked.get("sort")), Sort.NAME)
        after: Key | None
        after = paging.after(request, NameKey) if sort is Sort.NAME else paging.after(request, TimeKey)
        meant = Narrowing(words(query), role_id, status)
        found = await Members.of(meant, sort=sort, after=after, most=SIZE, count=after is None)
        window = paging.window(found.rows, SIZE, lambda member: member.key)
        chosen = {"q": query, "role": str(role_id or ""), "status": status or "", "sort": sort.value}
        here = urlencode({name: value for name, value in chosen.items() if value and value != Sort.NAME})
        return Page(
            "members/index.html",
            form=None,
            base=f"/t/{slug}/members",
            here=here,
            onward=window.onward,
            roles=roles,
            chosen=chosen,
            narrowed=meant != Narrowing(),
            total=found.total,
            many=COUNTED - 1,
            members=[shown(each, person(request), found.now) for each in window.rows],
        )

    @post("/export", permission=Permission.MEMBERS_EXPORT)
    async def export(self, request: AnyRequest, slug: FromPath[str]) -> Stream:
        await export.begin(by=actor_of(request))
        day = (await db.now()).date().isoformat()
        name = f'attachment; filename="{slug}-members-{day}.csv"'
        return Stream(
            _file(membership(request).tenant_id),
            media_type="text/csv",
            status_code=200,
            headers={"content-disposition": name},
        )


def shown(member: Member, who: Person, now: datetime | None) -> dict[str, Any]:
    last = member.last_active
    return {
        "id": member.user_id,
        "name": member.known_as,
        "email": member.email if member.name else None,
        "face": {"avatar": member.avatar, "initials": initials(member.known_as)},
        "roles": member.roles,
        "status": status_words(member.status),
        "self": member.user_id == who.id,
        "active": moment(last, zone=who.timezone, now=now) if last and now else None,
        "joined": moment(member.joined, zone=who.timezone, now=now or member.joined),
    }


def _chosen(value: str, roles: list[RoleName]) -> UUID | None:
    """A role of this team, or none: whatever else stands there narrows nothing."""
    return next((role.id for role in roles if str(role.id) == value), None)


async def _file(tenant_id: UUID) -> AsyncIterator[str]:
    head = [_("Name"), _("Email"), _("Roles"), _("Status"), _("Joined (UTC)"), _("Last active (UTC)")]
    yield spreadsheet.BOM + spreadsheet.line(head)
    pieces = export.everybody()
    while True:
        with tenancy.scope(tenant_id):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield "".join(spreadsheet.line(_cells(member)) for member in piece)


def _cells(member: Member) -> list[str]:
    times = (at.isoformat(sep=" ", timespec="minutes") if at else "" for at in (member.joined, member.last_active))
    roles = ", ".join(member.roles)
    return [member.name or "", member.email, roles, status_words(member.status) or _("Active"), *times]
