# SPDX-License-Identifier: EUPL-1.2
"""House rules that no linter knows: who may ask the time, use SQL, call out; no hidden imports; SPDX lines."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("formats", "chassis", "vault", "consent", "gateway", "chatbot", "portal", "desk", "kluisje")
SERVERS = ("chassis", "vault", "consent", "gateway", "chatbot", "portal", "desk")


def modules(*rooms: str) -> list[Path]:
    """The Python files of rooms; what npm has installed meanwhile, or is installing, is not looked into."""
    found = []
    for room in rooms:
        for folder, below, files in os.walk(ROOT / room):
            below[:] = [one for one in below if one != "node_modules"]
            found += [Path(folder, file) for file in files if file.endswith(".py")]
    return sorted(found)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def breaking(rooms: tuple[str, ...], forbidden: tuple[str, ...], allowed: tuple[str, ...]) -> list[str]:
    return [
        f"{name(path)} imports {module}"
        for path in modules(*rooms)
        if not name(path).startswith(allowed)
        for module in imported(path)
        if module.split(".")[0] in forbidden or module in forbidden
    ]


POSTGRESQL = ("postgresql", "postgresql_connections", "postgresql_driver", "postgresql_reads")
ENGINES = tuple(f"chassis/{name}.py" for name in ("database", "faults", "migrating", "moving", *POSTGRESQL, "sqlite"))


def test_only_stores_and_tables_speak_sql() -> None:
    """SQL lives in `store.py`, its parts (`store_…`, `…_store`), `tables.py` and the files of chassis that know the databases."""
    named = re.compile(r"((store|tables)(_\w+)?|\w+_store)$")
    found = breaking((*SERVERS, "kluisje"), ("sqlalchemy", "sqlite3", "alembic"), ENGINES)
    assert not [line for line in found if not named.match(Path(line.split(" ")[0]).stem)]


def test_only_calls_and_sign_ins_use_an_http_client() -> None:
    allowed = ("chassis/outside.py", "kluisje/http.py", "gateway/signing_in.py")
    clients = ("aiohttp", "httpx", "httpx2", "requests", "urllib.request", "http.client")
    assert not breaking(ROOMS, clients, allowed)


def test_servers_ask_only_the_clock_for_the_time() -> None:
    clocks = {
        "time": {"time", "time_ns", "monotonic", "monotonic_ns", "localtime"},
        "datetime": {"now", "utcnow", "today"},
        "date": {"today"},
    }
    asking = [
        f"{name(path)}:{node.lineno}"
        for path in modules("formats", *SERVERS)
        if name(path) != "chassis/clock.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in clocks.get(ast.unparse(node.value).rpartition(".")[2], ())
    ]
    assert not asking


def test_no_hidden_imports() -> None:
    """No import inside a function and no TYPE_CHECKING: a cycle is a design fault, not a thing to hide."""
    found = []
    for path in modules(*ROOMS):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                found += [f"{name(path)}:{n.lineno}" for n in inner]
        if "TYPE_CHECKING" in path.read_text("utf-8"):
            found.append(f"{name(path)}: TYPE_CHECKING")
    assert not found


def test_charters_are_short() -> None:
    for room in ROOMS:
        text = (ROOT / room / "__init__.py").read_text("utf-8")
        assert '"""' in text, f"{room} has no charter"
        assert len(text.splitlines()) <= 14, f"the charter of {room} is longer than twelve lines"


def test_files_say_their_licence() -> None:
    for path in modules(*ROOMS, "tests", "demo", "bench", "migrations"):
        assert path.read_text("utf-8").startswith("# SPDX-License-Identifier: EUPL-1.2"), name(path)


@pytest.mark.parametrize("junk", ["common", "utils", "util", "helpers", "helper", "core", "manager", "misc"])
def test_no_junk_drawer(junk: str) -> None:
    assert not [name(p) for p in modules(*ROOMS) if p.stem == junk or p.parent.name == junk]


def test_nothing_of_a_machine_is_in_the_project() -> None:
    """No path of the machine it was built on, and no secret by its usual look."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    signs = ("/wo" + "rk/", "/ro" + "ot/", "BEGIN PRIVATE " + "KEY", "BEGIN EC PRIVATE " + "KEY")
    for entry in listed.decode().split("\0"):
        path = ROOT / entry
        if entry and path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not [sign for sign in signs if sign in text], entry


def test_no_room_imports_serve() -> None:
    assert not breaking(ROOMS, ("serve",), ())
