"""One mailbox, one spelling."""

import pytest

from app.errors import Rejected
from app.users.addresses import canonical
from tests.conftest import configured


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("mia@acme.test", "mia@acme.test"),
        ("  Mia@ACME.test ", "mia@acme.test"),
        ("mia+news@acme.test", "mia+news@acme.test"),
        ("mia@bücher.example", "mia@xn--bcher-kva.example"),
        ("o'neil@acme.test", "o'neil@acme.test"),
    ],
)
def test_spellings_of_one_mailbox_become_one_address(typed: str, stored: str) -> None:
    assert canonical(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mia",
        "mia@",
        "@acme.test",
        "mia@acme",
        "mia@@acme.test",
        '"mia@evil.test"@acme.test',
        "mia@acme.test,eve@evil.test",
        "mia@acme.test eve@evil.test",
        "mia@acme.test;eve@evil.test",
        "mia(comment)@acme.test",
        "mia＠acme.test",
        "mıa@acme.test",
        "mia@acme.test\r\nBcc: eve@evil.test",
        "mia@acme.test\0",
        ".mia@acme.test",
        "mi..a@acme.test",
        "mia@127.0.0.1",
        "mia@[127.0.0.1]",
        "mia@-acme.test",
        "m" * 65 + "@acme.test",
        "mia@" + "a" * 250 + ".test",
        "<mia@acme.test>",
        "mia@acme.test/..",
    ],
)
def test_what_systems_read_differently_is_refused(typed: str) -> None:
    with pytest.raises(Rejected) as no:
        canonical(typed)

    assert no.value.field == "email"


@pytest.mark.parametrize("typed", ["mia@acme.test", "mia@acme.example", "mia@printer.local", "mia@host.localhost"])
def test_domains_that_no_mail_reaches_are_refused_in_production(typed: str) -> None:
    assert canonical(typed)
    configured(environment="production")

    with pytest.raises(Rejected):
        canonical(typed)


def test_the_kelvin_sign_is_no_k() -> None:
    with pytest.raises(Rejected):
        canonical("mi\u212ae@acme.test")
