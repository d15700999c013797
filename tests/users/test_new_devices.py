"""The mail about a new sign-in: for devices that are not known, or not any more."""

import pytest
from litestar import Litestar

from tests.cast import PASSWORD, Cast
from tests.mailbox import Mailbox
from tests.users.links import NEW, NEW_SIGN_IN, STRANGER, sign_in, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def test_the_new_device_mail_is_for_devices_that_are_not_known(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await sign_in(visitor, cast.mia)
    mail = await mailbox.newest(cast.mia)
    assert mail.subject == NEW_SIGN_IN
    for word in ("does not know", "Firefox", "UTC"):
        assert word in mail.text
    await visitor.submit("/logout")

    await sign_in(visitor, cast.mia)
    assert await mailbox.count(cast.mia) == 1

    await sign_in(Browser(app, ip=STRANGER), cast.mia)
    assert await mailbox.count(cast.mia) == 2


async def test_a_stranger_whose_device_was_forgotten_is_new_again(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    """After "not me" every device is forgotten: coming back in the same browser is told of as any other."""
    stranger = await sign_in(Browser(app, ip=STRANGER), cast.mia)
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    await visitor.submit(link)
    await visitor.open("/recover/sent")
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=NEW)

    await sign_in(stranger, cast.mia, NEW)

    assert (await mailbox.subjects(cast.mia)).count(NEW_SIGN_IN) == 2


async def test_signing_up_is_no_new_device(visitor: Browser, mailbox: Mailbox) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email="zoe@zebra.test")
    await visitor.submit("/signup/verify", code=await mailbox.code("zoe@zebra.test"))
    await visitor.submit("/signup/finish", password=PASSWORD)

    assert visitor.name == "account.home"
    assert await mailbox.count("zoe@zebra.test") == 1
