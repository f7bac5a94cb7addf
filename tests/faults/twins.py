# SPDX-License-Identifier: EUPL-1.2
"""The broken twins: the same system with one fault switched on. A twin that is not caught fails the build.

Each is a few lines that name the promise it breaks, the check that has to catch it, and where the fault works: `here` (in
the process of the test), `servers` (in the processes that the test starts) or `client`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formats.spelling import b64u
from tests.faults.patching import replace, retext, rewrite


@dataclass(frozen=True)
class Twin:
    """One fault. checks: pytest node ids, of which at least one raises PromiseBroken with `promise`."""

    name: str
    promise: str
    checks: tuple[str, ...]
    where: str
    what: str
    apply: Callable[[], None]


TWINS: dict[str, Twin] = {}


def find(name: str) -> Twin:
    """The twin of this name. KeyError for none."""
    return TWINS[name]


def twin(promise: str, *checks: str, where: str = "here") -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Lists a function as a twin: its name, and its docstring as what is wrong."""

    def listed(apply: Callable[[], None]) -> Callable[[], None]:
        name = apply.__name__.replace("_", "-")
        paths = tuple(f"tests/{check}" for check in checks)
        TWINS[name] = Twin(name, promise, paths, where, (apply.__doc__ or "").strip(), apply)
        return apply

    return listed


# -- P12 -------------------------------------------------------------------------------------------------------


@twin("P12", "faults/test_p12_blind_servers.py::test_no_mark_is_found_in_any_server[one]", where="client")
def one_record_unsealed() -> None:
    """The client forgets to encrypt one record: where the ciphertext belongs stands the text itself."""
    calls: list[str] = []

    def made(seal: Any) -> Any:
        def unsealed(jws: str, keys: Any) -> str:
            calls.append(jws)
            sealed: str = seal(jws, keys)
            if len(calls) != 5:
                return sealed
            head, key, nonce, _, tag = sealed.split(".")
            return ".".join((head, key, nonce, b64u(jws.encode()), tag))

        return unsealed

    replace("kluisje.drawers:seal_record", made)


__all__ = ["TWINS", "Twin", "find", "replace", "retext", "rewrite"]
