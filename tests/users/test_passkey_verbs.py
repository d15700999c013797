"""The verbs keep their rules whoever calls them: a job or a console meets no page's guard."""

from uuid import uuid4

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor, Sudo
from app.errors import NeedsSudo
from app.users.passkeys import actions
from app.users.passkeys.ceremony import Answer, Credential
from tests.cast import Cast

pytestmark = pytest.mark.anyio

ANY = Credential(id="AA", raw_id="AA", type="public-key", response=Answer(client_data_json="AA"))


@pytest.mark.parametrize("sudo", [Sudo.NONE, Sudo.FRESH])
async def test_adding_and_removing_ask_for_the_strongest_proof(app: Litestar, cast: Cast, sudo: Sudo) -> None:
    user_id = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', cast.mia)
    by = Actor(kind="person", user_id=user_id, session_id=uuid4(), sudo=sudo)

    with pytest.raises(NeedsSudo):
        await actions.options_to_add(email=cast.mia, by=by)
    with pytest.raises(NeedsSudo):
        await actions.add(ANY, everywhere=True, by=by)
    with pytest.raises(NeedsSudo):
        await actions.remove(uuid4(), everywhere=True, by=by)
