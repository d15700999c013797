"""Signing in with Google, and linking it to an account (OpenID Connect Core 1.0)."""

import sys

# The command line that comes with httpx would bring click, rich and pygments into every web process. Python takes
# None for a module that is not there, and httpx does without it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
