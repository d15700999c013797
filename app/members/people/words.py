"""What people type to search, as words: the same parts them as in the index (piccolo_migrations/m0015_members.py)."""

import re
import unicodedata

MOST_WORDS = 4
_BETWEEN = re.compile(r"[\x01-/:-@\[-`{-\u00bf\u2000-\u206f\u3000-\u303f]+")


def words(query: str) -> tuple[str, ...]:
    """The first few, each once. Case and accents are dropped by the database, as they were in the index."""
    text = unicodedata.normalize("NFKD", query.replace("\0", " "))
    plain = re.sub("[\u0300-\u036f]", "", text)
    found = [word[:100] for word in _BETWEEN.split(plain) if word]
    return tuple(dict.fromkeys(found))[:MOST_WORDS]
