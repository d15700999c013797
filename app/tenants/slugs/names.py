"""Which slugs a tenant may have: `^[a-z0-9](-?[a-z0-9])*$`, not reserved, and nothing that looks like either."""

import re
import unicodedata

from app.errors import Rejected
from app.i18n import _
from app.tenants.slugs.tables import Slug

SHORTEST, LONGEST = 3, 40
_SHAPE = re.compile(r"[a-z0-9](-?[a-z0-9])*", re.ASCII)

RESERVED = frozenset(
    """
    about abuse access account accounts admin administrator all api app apps assets auth authorize backup billing blog
    callback cdn contact dashboard default demo dev developer developers docs domain download email example export faq
    favicon feedback files finance health help home host hostmaster hr http https icon id idp img images info internal
    invitation invitations join jobs legal links live local localhost login logout mail me media members metrics mx new
    news noreply null oauth oidc official onboarding operator operators owner owners payments platform policy portal
    portico postmaster privacy profile public recover register robots root sales saml scim secure security self settings
    signin signout signup site sitemap smtp sso staff stage staging static status sudo superuser support system t team
    teams tenant tenants terms test tests token tokens undefined upload user users verify vpn webhook webhooks webmaster
    well-known wellknown wiki www xml
    """.split()  # noqa: SIM905 - a hundred words read better as words
)
"""Words that mean the site itself, or people who speak for it."""

TRIES = 30

_SPELT = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})  # noqa: RUF001 - one of them
"""Letters that do not come apart into one of ours and a mark."""


def skeleton(slug: str) -> str:
    """As the database's function of that name: what looks alike made the same."""
    return slug.replace("-", "").replace("rn", "m").replace("vv", "w").translate(str.maketrans("01i5", "olls"))


_RESERVED_SKELETONS = frozenset(skeleton(word) for word in RESERVED)


def well_formed(typed: str) -> str:
    """The slug, in lower case. Raises Rejected("slug") for another form and for reserved names."""
    slug = typed.strip().lower() if typed.isascii() else typed
    if not _SHAPE.fullmatch(slug) or not SHORTEST <= len(slug) <= LONGEST:
        raise Rejected(
            "slug",
            _(
                "Use %(least)s to %(most)s small letters a to z, digits, and single dashes between them.",
                least=SHORTEST,
                most=LONGEST,
            ),
        )
    if skeleton(slug) in _RESERVED_SKELETONS:
        raise Rejected("slug", _("This name is kept for the site itself. Choose another one."))
    return slug


async def free(typed: str) -> str:
    """The slug if nobody has it. Raises Rejected("slug"); whether it stays free is decided when it is written."""
    slug = well_formed(typed)
    if await Slug.taken([slug]):
        raise taken()
    return slug


async def proposed(name: str) -> str:
    """A free slug made of the name: `acme`, else `acme-2` and so on. Raises Rejected("slug") if there is none."""
    base = _made_of(name)
    candidates = [base, *(f"{base[: LONGEST - 3]}-{number}".replace("--", "-") for number in range(2, TRIES))]
    good = [slug for slug in candidates if _is_well_formed(slug)]
    occupied = await Slug.taken(good)
    for slug in good:
        if slug not in occupied:
            return slug
    raise Rejected("slug", _("No address could be made of this name. Choose one yourself."))


def taken() -> Rejected:
    return Rejected("slug", _("This address is taken, or looks like one that is. Choose another one."))


def _made_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPELT))
    words = re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    made = "-".join(words)[:LONGEST].strip("-")
    return made if len(made) >= SHORTEST else f"team-{made}".strip("-")


def _is_well_formed(slug: str) -> bool:
    try:
        well_formed(slug)
    except Rejected:
        return False
    return True
