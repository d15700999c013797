"""What needs a fresh proof, and at which level: the closed list of routes, and the ways that are worth each level."""

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app.actor import Sudo, sudo_level
from app.users.sudo.ways import Way, ways
from app.web.access import SAFE_METHODS

PROTECTED = ("/account/security", "/account/password", "/account/addresses", "/account/data")
"""Below these every act needs a fresh proof at the highest level, or a reason in WITHOUT_SUDO."""

WITHOUT_SUDO: dict[str, str] = {
    "/account/security/backup-codes/file": "it gives back what the same form holds, and changes nothing",
    "/account/security/passkeys/{key_id:uuid}": "it changes the name of a passkey, a label for its owner alone",
    "/account/security/google/later": "it forgets an offer and changes nothing",
    "/account/security/devices/forget": "it only asks for more at the next sign-in",
    "/account/security/devices/forget-all": "it only asks for more at the next sign-in",
}

NEEDS_SUDO = {
    ("GET", "/account/security/totp"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/start"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/cancel"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/confirm"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/remove"): Sudo.STRONGEST,
    ("POST", "/account/security/backup-codes"): Sudo.STRONGEST,
    ("POST", "/account/security/two-step/on"): Sudo.STRONGEST,
    ("POST", "/account/security/two-step/off"): Sudo.STRONGEST,
    ("POST", "/account/security/google"): Sudo.STRONGEST,
    ("POST", "/account/security/google/link"): Sudo.STRONGEST,
    ("POST", "/account/security/google/unlink"): Sudo.STRONGEST,
    ("GET", "/account/security/passkeys/add"): Sudo.STRONGEST,
    ("POST", "/account/security/passkeys/options"): Sudo.STRONGEST,
    ("POST", "/account/security/passkeys/verify"): Sudo.STRONGEST,
    ("GET", "/account/security/passkeys/{key_id:uuid}/remove"): Sudo.STRONGEST,
    ("POST", "/account/security/passkeys/{key_id:uuid}/remove"): Sudo.STRONGEST,
    ("POST", "/recover/review"): Sudo.FRESH,
    ("GET", "/account/password"): Sudo.STRONGEST,
    ("POST", "/account/password"): Sudo.STRONGEST,
    ("GET", "/account/password/remove"): Sudo.STRONGEST,
    ("POST", "/account/password/remove"): Sudo.STRONGEST,
    ("POST", "/t/{slug:str}/ownership"): Sudo.STRONGEST,
}
"""The closed list: a route that is here without asking for it fails, and so does one that asks and is not here."""


def asking(app: Litestar) -> dict[tuple[str, str], Sudo]:
    found = {}
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            word = handler.opt.get("sudo", Sudo.NONE)
            for method in handler.http_methods - {"HEAD", "OPTIONS"}:
                found[str(method), route.path] = Sudo.STRONGEST if word is True else Sudo(word)
    return found


def test_the_list_of_what_needs_a_fresh_proof_is_closed(app: Litestar) -> None:
    assert {key: level for key, level in asking(app).items() if level} == NEEDS_SUDO


def test_every_act_on_what_protects_the_account_needs_one_or_says_why_not(app: Litestar) -> None:
    missing = [
        path
        for (method, path), level in asking(app).items()
        if method not in SAFE_METHODS and path.startswith(PROTECTED) and level < Sudo.STRONGEST
    ]

    assert sorted(missing) == sorted(WITHOUT_SUDO)
    assert all(len(reason) > 20 for reason in WITHOUT_SUDO.values())


@pytest.mark.parametrize(
    ("factors", "highest", "any_factor"),
    [
        (set(), ["mail"], ["mail"]),
        ({"google"}, ["mail"], ["mail"]),
        ({"password"}, ["password"], ["password"]),
        ({"password", "google"}, ["password"], ["password"]),
        ({"passkey"}, ["passkey"], ["passkey"]),
        ({"passkey", "password"}, ["passkey"], ["passkey", "password"]),
        ({"totp", "password"}, ["totp", "backup_code"], ["totp", "backup_code", "password"]),
        ({"passkey", "totp"}, ["passkey", "totp", "backup_code"], ["passkey", "totp", "backup_code"]),
    ],
)
def test_only_what_is_worth_the_level_is_offered(factors: set[str], highest: list[str], any_factor: list[str]) -> None:
    has = frozenset(factors)

    assert [way.value for way in ways(has, Sudo.STRONGEST)] == highest
    assert [way.value for way in ways(has, Sudo.FRESH)] == any_factor
    for level in (Sudo.FRESH, Sudo.STRONGEST):
        for way in Way:
            assert (sudo_level([way.value], 0, has) >= level) >= (way in ways(has, level))
