# SPDX-License-Identifier: EUPL-1.2
"""Reading the catalogue: a folder of YAML and JSON files -> one frozen `Catalogue`, or all that is wrong with it.

`load` is the only function here that touches a disk; `read` takes the same files as bytes, as a signed package
brings them. What a rule may say is checked in `consent.catalogue_checks`.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from consent import catalogue_checks
from consent.ages import BANDS, AgeRules, midnight
from consent.catalogue_files import (
    AgesFile,
    DrawerFile,
    PackageFile,
    PurposeFile,
    QuestionFile,
    ScreenFile,
    TextRow,
)
from consent.purposes import Catalogue, Drawer, Item, NamedQuestion, Purpose, Schema, Words, period_days

T = TypeVar("T")


class CatalogueError(Exception):
    """The catalogue cannot be used. `findings`: one line per fault, `<file>: <place>: <code>`."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


_PURPOSE = TypeAdapter(PurposeFile)
_JSON = TypeAdapter(dict[str, Any])


# The loader in C where there is one: the same language, a tenth of the time at every start.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _OnceOnly(_Loader):  # type: ignore[misc, valid-type]
    """YAML in which a key twice is an error, as in signed JSON."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "key twice", node.start_mark)
        return dict(super().construct_mapping(node, deep))


def load(folder: Path) -> Catalogue:
    """Read every file below `folder`. CatalogueError with all findings; OSError if the disk refuses."""
    return read(files_in(folder))


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a catalogue by their path below `folder`: YAML and JSON, nothing else."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".yaml", ".json")
    }


def read(files: Mapping[str, bytes]) -> Catalogue:
    """Files by path (`purposes/back-to-school.1.yaml`) -> the catalogue. CatalogueError with all findings."""
    findings: list[str] = []

    def take(path: str, shape: TypeAdapter[T]) -> T | None:
        if path not in files:
            findings.append(f"{path}: missing")
            return None
        try:
            return shape.validate_python(_parse(path, files[path]))
        except ValidationError as error:
            for fault in error.errors(include_input=False, include_url=False):
                findings.append(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['type']}")
        except (yaml.YAMLError, ValueError):
            findings.append(f"{path}: unreadable")
        return None

    package = take("package.yaml", TypeAdapter(PackageFile))
    ages = take("ages.yaml", TypeAdapter(AgesFile))
    screen = take("screen.yaml", TypeAdapter(ScreenFile))
    roles = take("roles.yaml", TypeAdapter(dict[str, TextRow]))
    drawer_rows = take("drawers.yaml", TypeAdapter(list[DrawerFile]))
    question_rows = take("questions.yaml", TypeAdapter(list[QuestionFile]))
    raw_schemas = {path: take(path, _JSON) for path in files if path.startswith("schemas/")}
    purpose_rows = {path: take(path, _PURPOSE) for path in files if path.startswith("purposes/")}
    fixed = {"package.yaml", "ages.yaml", "screen.yaml", "roles.yaml", "drawers.yaml", "questions.yaml"}
    findings += [f"{path}: unknown file" for path in files if path not in fixed | set(raw_schemas) | set(purpose_rows)]
    for path, document in raw_schemas.items():
        findings += [f"{path}: {fault}" for fault in catalogue_checks.schema(path, document or {})]
    if findings:
        raise CatalogueError(findings)
    assert package  # whatever is None here has left a finding above
    assert ages
    assert screen
    assert roles is not None
    assert drawer_rows is not None
    assert question_rows is not None

    schemas = {path: _schema(document or {}) for path, document in raw_schemas.items()}
    drawers = [
        Drawer(d.id, d.title.words(), d.about.words(), d.askable, d.sensitive, d.from_age, tuple(d.schemas))
        for d in drawer_rows
    ]
    questions = [NamedQuestion(q.uri, q.title.words(), tuple(q.schemas)) for q in question_rows]
    titles = {("drawer", d.id): d.title for d in drawers}
    titles |= {("record", s.uri): s.title for s in schemas.values()}
    titles |= {("answer", q.uri): q.title for q in questions}
    purposes = {path: _purpose(row, titles, screen) for path, row in purpose_rows.items() if row}
    catalogue = Catalogue(
        version=package.version,
        drawers=_by((d.id, d) for d in drawers),
        schemas=_by((s.uri, s) for s in schemas.values()),
        questions=_by((q.uri, q) for q in questions),
        roles=_by((role, title.words()) for role, title in roles.items()),
        purposes=_by((p.uri, p) for p in purposes.values()),
        ages=_age_rules(ages),
        recalled=frozenset(package.recalled),
    )
    findings += catalogue_checks.drawers_and_roles(catalogue, len(drawer_rows), len(question_rows))
    for path, purpose in purposes.items():
        findings += [f"{path}: {fault}" for fault in catalogue_checks.purpose(path, purpose, catalogue)]
    if findings:
        raise CatalogueError(findings)
    return catalogue


def _parse(path: str, data: bytes) -> Any:
    content = data.decode("utf-8")
    return json.loads(content) if path.endswith(".json") else yaml.load(content, _OnceOnly)  # noqa: S506  safe loader


def _by(pairs: Iterable[tuple[str, T]]) -> Mapping[str, T]:
    return MappingProxyType(dict(pairs))


def _schema(document: dict[str, Any]) -> Schema:
    title = Words(document["x-title"]["nl"], document["x-title"]["en"])
    return Schema(document["$id"], title, document["x-attachment"], MappingProxyType(document))


def _age_rules(ages: AgesFile) -> AgeRules:
    rows = {
        (regime, band, able): frozenset[str](rule.bands[band].able if able else rule.bands[band].not_able)
        for regime, rule in ages.regimes.items()
        for band in BANDS
        for able in (True, False)
    }
    return AgeRules(ages.version, MappingProxyType(rows))


def _purpose(row: PurposeFile, titles: Mapping[tuple[str, str], Words], screen: ScreenFile) -> Purpose:
    # An unknown reference keeps its own name as title; the checks refuse it with its place.
    items = tuple(Item(i.kind, i.ref, i.required, titles.get((i.kind, i.ref), Words(i.ref, i.ref))) for i in row.items)
    return Purpose(
        uri=row.id,
        act=row.act,
        work_process=row.work_process.words(),
        valid_from=midnight(row.valid_from),
        valid_until=None if row.valid_until is None else midnight(row.valid_until),
        title=row.title.words(),
        why=row.why.words(),
        if_no=row.if_no.words(),
        ground=row.ground,
        article=row.article,
        regime=row.regime,
        items=items,
        kinds=tuple(row.kinds),
        max_days=row.max_days,
        ends=tuple(row.ends),
        keep_days=row.keep.days,
        keep=row.keep.words(),
        articles=tuple(row.articles),
        roles=tuple(row.roles),
        min_age=row.min_age,
        answer_by=row.answer_by,
        reason=row.reason,
        step_up=row.step_up,
        daily=row.daily,
        expiry=row.expiry,
        processing_activity=row.processing_activity,
        dpia=row.dpia,
        checklist=tuple((name, words.words()) for name, words in row.checklist.items()),
        shown=Words(_shown(row, items, screen, "nl"), _shown(row, items, screen, "en")),
    )


def _shown(row: PurposeFile, items: tuple[Item, ...], screen: ScreenFile, lang: str) -> str:
    """The whole text on the screen, in the order of docs/for-municipalities/catalogue.md; hashed into each grant."""

    def say(words: TextRow | None) -> str:
        return "" if words is None else words.words().say(lang)

    def lines(required: bool) -> list[str]:
        chosen = [item for item in items if item.required is required]
        kinds = [screen.items["deposit" if row.act == "deposit" else item.kind] for item in chosen]
        return [f"- {say(kind).format(title=item.title.say(lang))}" for kind, item in zip(kinds, chosen, strict=True)]

    terms = [_kind(kind, screen, lang) for kind in row.kinds]
    parts = [say(row.title), f"{say(screen.what_for)} {say(row.why)}"]
    parts += [f"{say(screen.why_allowed)} {say(screen.grounds.get(row.ground))} ({row.article})"]
    for heading, required in ((screen.needed, True), (screen.extra, False)):
        parts += [say(heading), *lines(required)] if lines(required) else []
    in_years = row.max_days >= 730 and row.max_days % 365 == 0
    at_most = say(screen.at_most_years if in_years else screen.at_most)
    terms += [at_most.format(days=row.max_days, years=row.max_days // 365)]
    parts += [f"{say(screen.how_long)} {' '.join(terms)}"]
    parts += [f"{say(screen.afterwards)} {say(row.keep)}", f"{say(screen.if_no)} {say(row.if_no)}", say(screen.stop)]
    return "\n".join(parts)


def _kind(kind: str, screen: ScreenFile, lang: str) -> str:
    name: Literal["once", "until", "every"] = "once" if kind == "once" else "until" if kind == "until" else "every"
    try:
        return screen.kinds[name].words().say(lang).format(days=period_days(kind))
    except ValueError:  # spelled otherwise: refused by the checks, with its place
        return kind
