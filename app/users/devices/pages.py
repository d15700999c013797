"""/account/security/devices: the browsers a person signed in from."""

from typing import Any

from litestar import Controller

from app import clientinfo, crypto
from app.i18n import _, _l
from app.moments import moment
from app.users.devices import actions
from app.users.devices.forms import ForgetForm
from app.users.devices.tables import DeviceList
from app.users.session import actor_of, device_of
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import person

PATH = "/account/security/devices"
PAGE = "security/devices.html"


class DevicesPages(Controller):
    path = PATH

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        return Page(PAGE, devices=await _devices(request))

    @post("/forget-all", permission=SIGNED_IN, act=_l("Forget all devices"))
    async def forget_all(self, request: AnyRequest) -> Go:
        await actions.forget_all(person(request).id, by=actor_of(request))
        return Go(PATH, say=_("All devices are forgotten. Each is asked for everything at its next sign-in."))

    @post("/forget", permission=SIGNED_IN, act=_l("Forget a device"))
    async def forget(self, request: AnyRequest) -> Go:
        form = await ForgetForm.of(request, PAGE)
        form.around = {"devices": await _devices(request)}
        await actions.forget(person(request).id, form.id, by=actor_of(request))
        return Go(PATH, say=_("The device is forgotten. It is asked for everything at its next sign-in."))


async def _devices(request: AnyRequest) -> list[dict[str, Any]]:
    me = person(request)
    known = await DeviceList.of(me.id)
    this_one = known.id_of(crypto.digest(device_of(request) or ""))
    return [
        {
            "id": device.id,
            "name": clientinfo.device(device.agent),
            "place": clientinfo.place_words(device.place),
            "since": moment(device.since, zone=me.timezone, now=known.now),
            "seen": moment(device.last_seen_at, zone=me.timezone, now=known.now),
            "until": moment(device.remembered_until, zone=me.timezone, now=known.now)
            if device.remembered_until
            else None,
            "here": device.id == this_one,
        }
        for device in known.devices
    ]
