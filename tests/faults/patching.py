# SPDX-License-Identifier: EUPL-1.2
"""How a twin is made: one fault put into a running program. A target that is gone is an error, never a quiet nothing."""

import importlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any


class TargetGone(Exception):
    """What a twin breaks is not there any more: make the twin anew, or its promise is no longer tested."""


def place(target: str) -> tuple[Any, str]:
    """(owner, name) of `module:name` or `module:Class.name`."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    try:
        owner: Any = importlib.import_module(module)
        for step in owners:
            owner = getattr(owner, step)
        if name not in vars(owner):
            raise AttributeError(name)
    except (ImportError, AttributeError) as error:
        raise TargetGone(target) from error
    return owner, name


def replace(target: str, make: Callable[[Any], Any]) -> None:
    """Puts `make(what was there)` in its place."""
    owner, name = place(target)
    setattr(owner, name, make(vars(owner)[name]))


def rewrite(target: str, old: str, new: str) -> None:
    """Replaces text in a function's source; whoever imported it meets the new one. `old` must stand in it once."""
    owner, name = place(target)
    found = vars(owner)[name]
    function = inspect.unwrap(found.__func__ if isinstance(found, staticmethod | classmethod) else found)
    if not isinstance(function, FunctionType):
        raise TargetGone(f"{target} is no function")
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(old) != 1:
        raise TargetGone(f"{target} has {source.count(old)} times {old!r}")
    scope: dict[str, Any] = {}
    # Compiled among the names of its module, kept out of it: only the code changes hands.
    exec(compile(source.replace(old, new), f"<twin of {target}>", "exec"), function.__globals__ | {}, scope)
    made = inspect.unwrap(scope[function.__name__])
    assert isinstance(made.__code__, CodeType)
    function.__code__ = made.__code__


def retext(target: str, old: str, new: str) -> None:
    """Replaces part of a constant text (an SQL statement). `old` must stand in it once."""

    def made(text: Any) -> str:
        if not isinstance(text, str) or text.count(old) != 1:
            raise TargetGone(f"{target} does not hold {old!r} once")
        return text.replace(old, new)

    replace(target, made)


# -- the list ------------------------------------------------------------------------------------------------------


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
