"""One sample of every kind of mail: the parameters it is written with, and the secret it carries."""

from datetime import timedelta
from typing import Any

from app.audit.events import Event
from app.audit.notices import NOTICES
from app.mail.outbox import EMAILS
from app.mail.rendering import Letter, render

CODE = "042137"
LINK = "http://localhost:8000/recover/reset?token=Zk3VbJt0a1bXH7o1v1m6m2Qw0a5h7o8u3s1b4c2d9e0"
EVENT: dict[str, object] = {
    "name": "Mia Berger",
    "when": "2026-11-22T14:05",
    "device": "Firefox · Windows",
    "place": "Lyon, France",
}

INVITER: dict[str, object] = {"name": "Mia Berger", "team": "Acme", "email": "bob@builder.test", "slug": "acme"}

MEMBER: dict[str, object] = {"name": "Mia Berger", "team": "Acme", "who": "Olga Olsen", "when": "2026-11-22T14:05"}
OFFER: dict[str, object] = {"name": "Mia Berger", "team": "Acme", "giver": "Olga Olsen", "stepping_down": True}
WORDS = NOTICES[Event.PASSKEY_ADDED]._asdict()

SAMPLES: dict[str, tuple[dict[str, object], dict[str, str]]] = {
    "signup/code": ({"name": "Mia Berger", "minutes": 10}, {"code": CODE, "link": LINK}),
    "signup/known": ({"name": "Mia Berger"}, {}),
    "login/code": ({"name": "Mia Berger", "minutes": 10}, {"code": CODE}),
    "login/locked": (EVENT, {"link": LINK}),
    "sudo/code": ({"name": "Mia Berger", "minutes": 10}, {"code": CODE}),
    "recover/link": ({"name": "Mia Berger", "minutes": 10}, {"code": CODE, "link": LINK}),
    "recover/done": (EVENT, {}),
    "recover/unlocked": (EVENT | {"staff": False}, {}),
    "recover/lost_code": ({"name": "Mia Berger", "minutes": 10}, {"code": CODE}),
    "recover/lost_asked": (EVENT | {"ready": "2026-11-25T14:05"}, {"link": LINK}),
    "recover/lost_waiting": (EVENT | {"ready": "2026-11-25T14:05"}, {"link": LINK}),
    "recover/lost_ready": (EVENT | {"ready": "2026-11-25T14:05"}, {"link": LINK, "stop": f"{LINK}-stop"}),
    "notice/event": (EVENT | {"passkey": "Pixel 9", "words": WORDS, "staff": True}, {"link": LINK}),
    "invitations/invite": (
        {
            "team": "Acme",
            "inviter": "Mia Berger",
            "inviter_email": "mia@acme.test",
            "roles": "Admin, Member",
            "note": "We start on Monday.",
            "expires": "2026-11-29T14:05",
            "joins": False,
        },
        {"link": LINK},
    ),
    "invitations/accepted": (INVITER | {"who": "Bob Builder", "roles": "Member"}, {}),
    "invitations/declined": (INVITER | {"note": "Wrong Bob, sorry"}, {}),
    "invitations/asked": (INVITER, {}),
    "ownership/offer": (
        OFFER | {"ready": "2026-11-29T14:05"},
        {"link": LINK.replace("recover/reset?token=", "links/"), "decline": f"{LINK}-no"},
    ),
    "ownership/taken": (OFFER | {"slug": "acme"}, {}),
    "members/roles": (MEMBER | {"before": "Member", "after": "Admin, Member"}, {}),
    "members/suspended": (MEMBER | {"reason": "On leave until May"}, {}),
    "members/reinstated": (MEMBER | {"after": "Member"}, {}),
    "members/removed": (MEMBER, {}),
}

KINDS = sorted(
    path.relative_to(EMAILS).with_suffix("").as_posix() for path in EMAILS.rglob("*.txt") if path.parent != EMAILS
)


def typed(kind: str, words: str) -> dict[str, Any]:
    """The parameters of a kind with `words` wherever a person may have chosen them."""
    fixed = {"when", "ready", "minutes", "words", "staff", "expires", "joins", "slug", "stepping_down"}
    return {name: value if name in fixed else words for name, value in SAMPLES[kind][0].items()}


def letter(kind: str, *, language: str = "en", to: str = "mia@acme.test", **parameters: object) -> Letter:
    samples, secret = SAMPLES[kind]
    return render(
        kind,
        to=to,
        language=language,
        parameters=samples | parameters,
        secret=secret,
        life=timedelta(minutes=60) if secret else None,
    )
