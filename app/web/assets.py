"""Static files: bundled and hashed in memory when the server starts; cached by browsers for a year.

The address of a file carries the hash of its content (`/static/3f9a…/css/portal.css`), so a new release is never
mixed with an old file. `css/bundles.json` names the style files that are joined, in order.
"""

import gzip
import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

import brotli
import msgspec

from app.config import ROOT

STATIC = ROOT / "static"
_REFUSED = re.compile(r";\s*q=0(\.0{0,3})?\s*$")
TEXT = frozenset({".css", ".js", ".svg", ".json", ".txt", ".webmanifest"})


class Asset(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    media_type: str
    digest: str
    plain: bytes
    is_text: bool

    def packed(self, encoding: str) -> bytes:
        """The file as `br` or `gzip`, as small as it gets: done once, when it is first asked for."""
        return _packed(self.plain, encoding)


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """All files by their name below `static/`, bundles included."""
    found = {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()}
    files = {name: _asset(name, path.read_bytes()) for name, path in found.items() if not _source_only(path)}
    for bundle, parts in msgspec.json.decode((STATIC / "css" / "bundles.json").read_bytes()).items():
        text = b"\n".join((STATIC / "css" / part).read_bytes() for part in parts)
        files[f"css/{bundle}"] = _asset(bundle, text)
    return files


def url(name: str) -> str:
    """The address of a static file; an unknown name is a mistake in a template and raises KeyError."""
    return f"/static/{assets()[name].digest}/{name}"


@lru_cache(maxsize=512)
def encodings(accepted: str) -> frozenset[str]:
    """What an Accept-Encoding header takes; what has the weight 0 is refused (RFC 9110 section 12.5.3)."""
    parts = (part for part in accepted.split(",") if not _REFUSED.search(part))
    return frozenset(part.partition(";")[0].strip().lower() for part in parts)


def _source_only(path: Path) -> bool:
    return path.name == "bundles.json" or path.suffix == ".css"


def _asset(name: str, content: bytes) -> Asset:
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = Path(name).suffix in TEXT
    if text and not kind.startswith("text/"):
        kind += "; charset=utf-8"  # Litestar adds it to text/* itself
    return Asset(
        media_type=kind,
        digest=hashlib.sha256(content).hexdigest()[:12],
        plain=content,
        is_text=text,
    )


@lru_cache(maxsize=64)
def _packed(content: bytes, encoding: str) -> bytes:
    return brotli.compress(content, quality=11) if encoding == "br" else gzip.compress(content, 9, mtime=0)
