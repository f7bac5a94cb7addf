# SPDX-License-Identifier: EUPL-1.2
"""The database that the tests run on: SQLite files, or a PostgreSQL of our own with KLUISJE_TEST_DATABASE=postgresql.

A test names a file, as it did on SQLite only; `url_of(file)` is the address of what stands for it. The PostgreSQL is
made for the run, in a folder of its own, by a user without rights, on a socket only, and goes with the process. Parts
run there with their own roles (migrations/roles.sql), which own nothing.
"""

import asyncio
import atexit
import ctypes
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from chassis.migrating import migrate

T = TypeVar("T")

ON_POSTGRESQL = os.environ.get("KLUISJE_TEST_DATABASE") == "postgresql"
ROW = "ctid" if ON_POSTGRESQL else "rowid"
"""The order in which rows were added, where none was deleted or changed."""
PARTS = ("vault", "consent", "gateway")
ROLES = Path(__file__).resolve().parents[1] / "migrations" / "roles.sql"
_DIES_WITH_US = 1  # PR_SET_PDEATHSIG


def programs() -> Path | None:
    """The folder of PostgreSQL's programs of this machine; None when it is not installed."""
    debian = (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    newest = max(debian, key=lambda folder: float(folder.parent.name), default=None)
    elsewhere = shutil.which("initdb")
    return newest or (Path(elsewhere).resolve().parent if elsewhere else None)


class Cluster:
    """A PostgreSQL of our own. `kill` is SIGKILL to its first process; `start` brings it back on the same files."""

    def __init__(self, **options: str) -> None:
        found = programs()
        assert found is not None, "PostgreSQL is not installed"
        self.programs, self.options = found, options
        self.folder = Path(tempfile.mkdtemp(prefix="kluisje-pg-"))
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._running: subprocess.Popen[bytes] | None = None
        made = (found / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", "--no-sync", "--no-instructions")  # fmt: skip
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **self._as_user())
        atexit.register(self.remove)

    def _as_user(self) -> dict[str, Any]:
        return {"user": self._user, "group": self._user, "extra_groups": []} if os.geteuid() == 0 else {}

    def url(self, database: str, role: str = "postgres") -> str:
        port = f"&port={self.options['port']}" if "port" in self.options else ""
        return f"postgresql://{role}@/{database}?host={self.folder}{port}"

    def start(self) -> None:
        """Starts it and waits until it takes connections."""
        options = {
            "listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "300",
            "shared_buffers": "64MB", "logging_collector": "off", "autovacuum_naptime": "5s",
        } | self.options  # fmt: skip
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data")]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        libc = ctypes.CDLL(None)
        with (self.folder / "log").open("ab") as log:
            self._running = subprocess.Popen(
                command, stdout=log, stderr=log, **self._as_user(),
                preexec_fn=lambda: libc.prctl(_DIES_WITH_US, signal.SIGQUIT),
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                query(self.url("postgres"), "SELECT 1")
                return
            except (OSError, asyncpg.PostgresError):
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.02)

    def kill(self) -> None:
        """`kill -9` of the postmaster; its children notice and go."""
        assert self._running is not None
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        """Ends it at once (SIGQUIT): nothing in it is needed any more."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGQUIT)
            self._running.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def roles(self, file: Path = ROLES) -> None:
        """The roles and databases of the project's own file, by psql as an administrator runs it."""
        at = ("-h", self.folder, "-p", self.options.get("port", "5432"), "-U", "postgres")
        command = (self.programs / "psql", *at, "-v", "ON_ERROR_STOP=1", "-qf", file)
        subprocess.run(command, check=True)


_shared: list[Cluster] = []
_known: set[str] = set()


def cluster() -> Cluster:
    """The cluster of this process; the forks of it use the same one."""
    if not _shared:
        # The machine does not fail while we test: what fsync would guard against cannot happen here. Kills can.
        made = Cluster(fsync="off", full_page_writes="off")
        made.start()
        made.roles()
        _shared.append(made)
    return _shared[0]


# -- databases that stand for files --------------------------------------------------------------------------------


def _name(path: Path) -> str:
    return f"t_{sha256(str(path.resolve()).encode()).hexdigest()[:24]}"


def _part(path: Path) -> str:
    """Whose role works on it. What is no part's own (a test's own tables) is the owner's."""
    return next((part for part in PARTS if part in (path.stem, path.parent.name)), "")


def url_of(path: Path, *, owner: bool = False, part: str | None = None) -> str:
    """The address of the database that stands for this file; it is made when it is not there. owner: as who migrates."""
    if not ON_POSTGRESQL:
        return f"sqlite:///{path}"
    name, role = _name(path), f"kluisje_{part or _part(path) or 'vault'}"
    whose = role + "_owner"
    if name not in _known and not query(
        cluster().url("postgres"), "SELECT 1 FROM pg_database WHERE datname = $1", name
    ):
        query(cluster().url("postgres"), f'CREATE DATABASE "{name}" OWNER {whose}')
    _known.add(name)
    return cluster().url(name, whose if owner or not (part or _part(path)) else role)


def of_town(town: Any, part: str) -> dict[str, str]:
    """The settings by which a part of a demo town finds its data."""
    path = town.folder / "data" / f"{part}.sqlite3"
    return {"DATABASE": url_of(path), "DATABASE_OWNER": url_of(path, owner=True)}


def migrated(part: str, path: Path) -> Path:
    """An empty database of a part at the newest revision: to be copied."""
    role = f"kluisje_{part}" if ON_POSTGRESQL else None
    migrate(part, url_of(path, owner=True, part=part), role=role)
    return path


def copy(empty: Path, path: Path) -> None:
    """Copies a database that nobody is using."""
    remove(path)
    if not ON_POSTGRESQL:
        shutil.copy(empty, path)
        return
    _known.add(_name(path))
    query(cluster().url("postgres"), f'CREATE DATABASE "{_name(path)}" TEMPLATE "{_name(empty)}"')


def back_up(path: Path, to: Path) -> None:
    """Puts a copy aside; nobody is using the database."""
    if ON_POSTGRESQL:
        query(cluster().url("postgres"), f'CREATE DATABASE "{_name(to)}" TEMPLATE "{_name(path)}"')
        return
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as copy_:
        source.backup(copy_)


def remove(path: Path) -> None:
    """Drops the database that stands for this file."""
    if ON_POSTGRESQL:
        query(cluster().url("postgres"), f'DROP DATABASE IF EXISTS "{_name(path)}" WITH (FORCE)')
    else:
        for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            one.unlink(missing_ok=True)


def rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What stands in it; `?` is a value. From outside, as the superuser."""
    if not ON_POSTGRESQL:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()
    parts = sql.split("?")
    numbered = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], 1)) + parts[-1]
    return query(cluster().url(_name(path)), numbered, *values)


def tables(path: Path) -> list[str]:
    """The names of its tables."""
    if ON_POSTGRESQL:
        return [name for (name,) in rows(path, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of each table, at one moment."""
    names = tables(path)
    if not ON_POSTGRESQL:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.execute("BEGIN")
            return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}

    async def ask() -> dict[str, list[tuple[Any, ...]]]:
        connection = await asyncpg.connect(cluster().url(_name(path)))
        try:
            async with connection.transaction(isolation="repeatable_read"):
                return {name: [tuple(row) for row in await connection.fetch(f'TABLE "{name}"')] for name in names}
        finally:
            await connection.close()

    return apart(ask)


def change(path: Path, sql: str, *values: Any) -> None:
    """Changes rows behind the back of a part, as the superuser."""
    if ON_POSTGRESQL:
        rows(path, sql, *values)
        return
    with sqlite3.connect(path, timeout=10) as connection:
        connection.execute(sql, values)
    connection.close()


def breaks(path: Path, table: str, when: str = "") -> None:
    """From now on the database refuses rows of a table (of which `when` holds, in the words of both: `NEW.vlt = …`)."""
    if ON_POSTGRESQL:
        change(path, "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$")
        way = f"FOR EACH ROW {f'WHEN ({when})' if when else ''} EXECUTE FUNCTION refused()"
    else:
        way = f"{f'WHEN {when}' if when else ''} BEGIN SELECT RAISE(ABORT, 'full'); END"
    change(path, f"CREATE TRIGGER refuses BEFORE INSERT ON {table} {way}")


def mends(path: Path, table: str) -> None:
    """It takes them again."""
    change(path, f"DROP TRIGGER refuses ON {table}" if ON_POSTGRESQL else "DROP TRIGGER refuses")


def breaks_commits(path: Path) -> None:
    """From now on one in five commits of the ledger fails, the commit itself: a rule that is checked only there."""
    change(path, "CREATE TABLE late (origin TEXT REFERENCES shards (origin) DEFERRABLE INITIALLY DEFERRED)")
    if ON_POSTGRESQL:
        change(path, "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
               " INSERT INTO public.late VALUES ('nowhere'); RETURN NULL; END $$")  # fmt: skip
        way = "FOR EACH ROW WHEN (random() < 0.2) EXECUTE FUNCTION later()"
    else:
        way = "WHEN abs(random()) % 5 = 0 BEGIN INSERT INTO late VALUES ('nowhere'); END"
    change(path, f"CREATE TRIGGER fails AFTER UPDATE ON shards {way}")


def mends_commits(path: Path) -> None:
    """They succeed again."""
    change(path, "DROP TRIGGER fails ON shards" if ON_POSTGRESQL else "DROP TRIGGER fails")


def sound(path: Path) -> bool:
    """Whether the file is whole. PostgreSQL checks its own pages."""
    return ON_POSTGRESQL or rows(path, "PRAGMA integrity_check") == [("ok",)]


# -- asking from outside -------------------------------------------------------------------------------------------


def apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine in a loop of its own, wherever we are."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


def query(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """One statement, on a connection of its own."""

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()

    return apart(ask)
