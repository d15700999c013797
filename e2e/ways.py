"""How a journey is walked: with the browser's scripts and without them."""

import pytest

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
"""Everything but comfort works without JavaScript: the main journeys prove it."""
