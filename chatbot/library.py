# SPDX-License-Identifier: EUPL-1.2
"""The rules as they are on disk: read, and put under an overlay. Every fault has file and line.

A municipality's overlay replaces a rule with the same id, hides one (`off: true`) or adds one whose id begins with its
name. Crisis kinds can get phrases and new kinds can come, but nothing of ours can be changed or taken away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from chatbot.rules import Asked, Cries, Crisis, Hidden, Rule, Words

CONTENT = Path(__file__).parent / "content"
OURS = "kluisje"
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with the content. grave: the start stops."""

    file: str
    line: int
    what: str
    grave: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'' if self.grave else 'warning: '}{self.what}"


class ContentError(Exception):
    """The content cannot be read. faults: where and why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("; ".join(str(fault) for fault in self.faults[:5]))


@dataclass(frozen=True)
class Place:
    """Where something stands."""

    file: str
    line: int


@dataclass(frozen=True)
class Content:
    """All that the helper knows. places: rule id -> where it stands. layers: names of the layers, ours first."""

    rules: tuple[Rule, ...]
    crisis: Crisis
    words: Words
    places: Mapping[str, Place]
    layers: tuple[str, ...]
    elsewhere: Asked
    cries: Cries

    def rule(self, identity: str) -> Rule | None:
        """The rule with this id, or None."""
        return next((one for one in self.rules if one.id == identity), None)


class _Map(dict[str, Any]):
    """A mapping that knows the lines of itself and of its keys."""

    line: int
    lines: Mapping[Any, int]


class _Loader(yaml.CSafeLoader):
    """YAML where only true, false, null and single digits are not text: `on`, `no`, `112` and dates stay as written."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> _Map:
    made, lines = _Map(), {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in made:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key} stands twice", key_node.start_mark)
        made[key] = loader.construct_object(value_node, deep=True)
        lines[key] = key_node.start_mark.line + 1
    made.line, made.lines = node.start_mark.line + 1, lines
    return made


_KEPT = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, shape) for tag, shape in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[0-9]$"), list("0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(overlay: Path | None = None, *, municipality: str | None = None, content: Path = CONTENT) -> Content:
    """Reads the content, under an overlay if there is one. Raises ContentError with all faults of shape."""
    made = _read_ours(content)
    if overlay is not None:
        if not overlay.is_dir():
            raise ContentError([Fault(overlay.name, 1, "this folder is not there")])
        made = _laid_over(made, overlay, municipality or "")
    return made


def _read_ours(folder: Path) -> Content:
    faults: list[Fault] = []
    rules, places = _topics(folder, OURS, faults)
    more = _asked(folder, {one.id for one in rules}, faults)
    crisis = _one(folder / "crisis.yaml", Crisis, faults)
    words = _one(folder / "words.yaml", Words, faults)
    elsewhere = _if_there(folder / "elsewhere.yaml", Asked, faults)
    cries = _if_there(folder / "cries.yaml", Cries, faults)
    if faults or crisis is None or words is None:
        raise ContentError(faults)
    whole = (_with(one, more.get(one.id)) for one in rules if isinstance(one, Rule))
    return Content(tuple(whole), crisis, words, places, (OURS,), elsewhere, cries)


def _if_there(path: Path, shape: type[T], faults: list[Fault]) -> T:
    """A file that may be left out."""
    return (_one(path, shape, faults) if path.exists() else None) or shape()


def _asked(folder: Path, known: set[str], faults: list[Fault]) -> dict[str, Asked]:
    """The further ways to ask, of `asked/*.yaml`: rule -> ways."""
    found: dict[str, Asked] = {}
    for path in sorted((folder / "asked").glob("*.yaml")):
        file = f"asked/{path.name}"
        content = _loaded(path, file, faults)
        for name, ways in content.items() if isinstance(content, _Map) else ():
            one = _shaped(Asked, ways, ways, file, faults) if isinstance(ways, _Map) else None
            if name not in known or one is None or name in found:
                faults.append(
                    Fault(file, content.lines[name], f"{name} is no rule, has no ways to ask, or stands twice")
                )
            else:
                found[name] = one
    return found


def _with(rule: Rule, more: Asked | None) -> Rule:
    """A rule with further ways to ask it."""
    if more is None:
        return rule
    nl, en = (
        side.model_copy(update={"asked": (*side.asked, *ways)})
        for side, ways in ((rule.nl, more.nl), (rule.en, more.en))
    )
    return rule.model_copy(update={"nl": nl, "en": en})


def _laid_over(ours: Content, folder: Path, name: str) -> Content:
    """The content with a municipality's folder over it. Raises ContentError."""
    faults: list[Fault] = []
    layer = name or folder.name
    changed, places = _topics(folder, layer, faults)
    known = {rule.id: rule for rule in ours.rules}
    for one in changed:
        place = places[one.id]
        if isinstance(one, Hidden):
            if known.pop(one.id, None) is None:
                faults.append(Fault(place.file, place.line, f"{one.id} hides nothing: there is no such rule"))
        elif one.id not in known and not one.id.startswith(f"{layer}-"):
            faults.append(Fault(place.file, place.line, f"the id of a new rule begins with {layer}-: {one.id}"))
        else:
            known[one.id] = one
    crisis = _more_crisis(ours.crisis, folder, faults)
    if (folder / "words.yaml").exists():
        faults.append(Fault("words.yaml", 1, "an overlay has no words of its own: add them as examples and phrases"))
    if faults:
        raise ContentError(faults)
    rules, layers = tuple(known.values()), (*ours.layers, layer)
    return replace(ours, rules=rules, crisis=crisis, places={**ours.places, **places}, layers=layers)


def _more_crisis(ours: Crisis, folder: Path, faults: list[Fault]) -> Crisis:
    """Our crisis kinds and those of an overlay behind them. It may add a kind, and nothing else."""
    path = folder / "crisis.yaml"
    if not path.exists():
        return ours
    more = _one(path, Crisis, faults)
    if more is None:
        return ours
    known = {kind.id for kind in ours.kinds}
    for kind in more.kinds:
        if kind.id in known:
            faults.append(Fault(path.name, 1, f"the crisis kind {kind.id} is ours: it can not be changed or hidden"))
    if more.harmless or more.sets or more.about:
        faults.append(Fault(path.name, 1, "an overlay can not say what is harmless: it would silence our phrases"))
    return ours.model_copy(update={"kinds": (*ours.kinds, *more.kinds)})


def _topics(folder: Path, layer: str, faults: list[Fault]) -> tuple[list[Rule | Hidden], dict[str, Place]]:
    """The rules of `topics/*.yaml`, in the order of the files' names."""
    rules: list[Rule | Hidden] = []
    places: dict[str, Place] = {}
    for path in sorted((folder / "topics").glob("*.yaml")):
        file = f"topics/{path.name}"
        for found in _list_in(path, file, faults):
            shape: type[Rule] | type[Hidden] = Hidden if "off" in found else Rule
            given = {**found} if shape is Hidden else {**found, "theme": path.stem, "layer": layer}
            one = _shaped(shape, given, found, file, faults)
            if one is None:
                continue
            if one.id in places:
                faults.append(Fault(file, found.line, f"the id {one.id} stands in {places[one.id].file} too"))
                continue
            places[one.id] = Place(file, found.line)
            rules.append(one)
    if not rules and not faults and layer == OURS:
        faults.append(Fault("topics", 1, "there is no rule"))
    return rules, places


def _list_in(path: Path, file: str, faults: list[Fault]) -> Iterator[_Map]:
    content = _loaded(path, file, faults)
    if content is None or not isinstance(content, list):
        faults.append(Fault(file, 1, "a file of rules is a list"))
        return
    for one in content:
        if isinstance(one, _Map):
            yield one
        else:
            faults.append(Fault(file, 1, "a rule has members"))


def _one(path: Path, shape: type[T], faults: list[Fault]) -> T | None:
    content = _loaded(path, path.name, faults)
    if not isinstance(content, _Map):
        faults.append(Fault(path.name, 1, "the file is not there, or has no members"))
        return None
    return _shaped(shape, content, content, path.name, faults)


def _loaded(path: Path, file: str, faults: list[Fault]) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader that knows fewer types
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(Fault(file, line, str(error.problem)))
    except (OSError, yaml.YAMLError, UnicodeError):
        faults.append(Fault(file, 1, "this can not be read"))
    return None


def _shaped(shape: type[T], given: Mapping[str, Any], at: _Map, file: str, faults: list[Fault]) -> T | None:
    """The content as its shape; what does not fit becomes a fault at its line."""
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(step) for step in one["loc"])
            faults.append(Fault(file, _line(at, one["loc"]), f"{where}: {one['msg']}".removeprefix(": ")))
    return None


def _line(at: Any, steps: Iterable[int | str]) -> int:
    """The line of the innermost key that still stands in the file."""
    line = at.line
    for step in steps:
        if isinstance(at, _Map) and step in at:
            line, at = at.lines[step], at[str(step)]
        elif isinstance(at, list) and isinstance(step, int) and step < len(at):
            at = at[step]
            line = getattr(at, "line", line)
        else:
            break
    return int(line)
