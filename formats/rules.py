# SPDX-License-Identifier: EUPL-1.2
"""Two municipalities' rules side by side: what differs, in words, and what taking a purpose over brings along. Pure: the
packages come as their files, path -> content, whether they lay in a folder or came by the wire.

What asks more of a person is marked. Nothing here signs: `kluisje catalogue sign` does. Source: consent.md section 2.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from formats.catalogue import Catalogue, check_file, verify_catalogue
from formats.jose import Jwk
from formats.spelling import FormatError, check_text

SIGNED = "signed.jwt"
PACKAGE = "package.yaml"
OWN = ("processingActivity", "dpia")
"""Lines of a purpose that every municipality fills in for itself."""
MOST_ALIASES = 12
LISTS = ("drawers.yaml", "questions.yaml")
_NAME = re.compile(r"purposes/(?P<name>.+)\.(?P<version>[1-9]\d*)\.yaml")


class Clash(ValueError):
    """Two municipalities say something else under one name."""


def check_files(files: Mapping[str, bytes], token: str, key: Jwk) -> Catalogue:
    """The statement that these files are under: each as it was signed, none more, none less. FormatError otherwise."""
    said = verify_catalogue(token, key)
    if set(files) != set(said.files):
        raise FormatError("catalogue")
    for path, content in files.items():
        check_file(said, path, content)
    return said


# -- what differs, in words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. what: the file or purpose. more: it asks or allows more of a person than before."""

    what: str
    said: str
    more: bool = False


def differences(mine: Mapping[str, bytes], theirs: Mapping[str, bytes], lang: str = "nl") -> list[Change]:
    """What taking over `theirs` would change about `mine`, in words. Newest versions of purposes are compared by name."""
    found = list(_purposes(mine, theirs, lang))
    for path in sorted({*mine, *theirs}):
        if path.startswith("purposes/") or mine.get(path) == theirs.get(path):
            continue
        if path not in mine or path not in theirs:
            found.append(Change(path, _say(lang, "only-theirs" if path not in mine else "only-mine")))
        elif path in LISTS:
            found += _rows(path, _listed(mine[path]), _listed(theirs[path]), lang)
        elif path.endswith(".yaml"):
            found += _rows(path, _mapping(mine, path), _mapping(theirs, path), lang)
        else:
            found.append(Change(path, _say(lang, "edited"), more=True))
    return found


def _purposes(mine: Mapping[str, bytes], theirs: Mapping[str, bytes], lang: str) -> Iterator[Change]:
    for path in sorted(set(mine) & set(theirs)):
        if path.startswith("purposes/") and _common(mine[path]) != _common(theirs[path]):
            yield Change(path, _say(lang, "same-name-other-text"), more=True)
    own, other = _newest(mine), _newest(theirs)
    for name in sorted({*own, *other}):
        if name not in own:
            one = _mapping(theirs, other[name][1])
            yield Change(name, f"{_say(lang, 'new')}: {one['title'][lang]}. {one['why'][lang]}", more=True)
        elif name not in other:
            yield Change(name, _say(lang, "only-mine"))
        elif own[name][0] != other[name][0]:
            title = f"{name} {own[name][0]} → {other[name][0]}"
            found = list(_fields(_mapping(mine, own[name][1]), _mapping(theirs, other[name][1]), lang))
            yield from (Change(title, said, more) for said, more in found or [(_say(lang, "no-rule-changed"), False)])


def _fields(a: Mapping[str, Any], b: Mapping[str, Any], lang: str) -> Iterator[tuple[str, bool]]:
    """Field by field: (what is said, whether it is more)."""
    items = [{(one["kind"], one["ref"]): one["required"] for one in side["items"]} for side in (a, b)]
    for item in sorted({*items[0], *items[1]}):
        before, after = (side.get(item) for side in items)
        if before != after:
            told = " ".join(item)
            yield (
                f"{told}: {_part(lang, before)} → {_part(lang, after)}",
                after is not None and bool(after) >= bool(before),
            )
    for field in ("kinds", "roles", "articles"):
        more = [str(one) for one in b[field] if one not in a[field]]
        less = [str(one) for one in a[field] if one not in b[field]]
        if more or less:
            yield (
                f"{_say(lang, field)}: {', '.join([*(f'+ {one}' for one in more), *(f'- {one}' for one in less)])}",
                bool(more),
            )
    for field, wider in (("maxDays", 1), ("daily", 1), ("answerBy", 1), ("expiry", 1), ("minAge", -1)):
        if a[field] != b[field]:
            yield f"{_say(lang, field)}: {a[field]} → {b[field]}", (b[field] - a[field]) * wider > 0
    if a["keep"]["days"] != b["keep"]["days"]:
        yield f"{_say(lang, 'keep')}: {a['keep']['days']} → {b['keep']['days']}", b["keep"]["days"] > a["keep"]["days"]
    for field in ("reason", "stepUp"):
        if a[field] != b[field]:
            yield f"{_say(lang, field)}: {_yes(lang, a[field])} → {_yes(lang, b[field])}", not b[field]
    for field in ("act", "ground", "article", "regime"):
        if a[field] != b[field]:
            yield f"{_say(lang, field)}: {a[field]} → {b[field]}", True
    for field in ("title", "workProcess", "why", "ifNo", "keep"):
        if a[field][lang] != b[field][lang]:
            yield f"{_say(lang, 'text')} ({field}): “{a[field][lang]}” → “{b[field][lang]}”", False
    if a["ends"] != b["ends"]:
        yield f"{_say(lang, 'ends')}: {a['ends']} → {b['ends']}", False


def _rows(path: str, mine: Mapping[str, Any], theirs: Mapping[str, Any], lang: str) -> Iterator[Change]:
    for name in sorted({*mine, *theirs}):
        if mine.get(name) != theirs.get(name):
            said = "only-theirs" if name not in mine else "only-mine" if name not in theirs else "edited"
            yield Change(f"{path}: {name}", _say(lang, said), more=said == "edited")


# -- taking over ------------------------------------------------------------------------------------------------


def to_take(mine: Mapping[str, bytes], theirs: Mapping[str, bytes], lang: str) -> dict[str, str]:
    """The purposes that they have and we do not, or of which they have a newer version: name -> title."""
    own, other = _newest(mine), _newest(theirs)
    wanted = [name for name in sorted(other) if other[name][0] > own.get(name, (0, ""))[0]]
    return {name: str(_mapping(theirs, other[name][1])["title"][lang]) for name in wanted}


def taken_over(mine: Mapping[str, bytes], theirs: Mapping[str, bytes], names: list[str]) -> dict[str, bytes]:
    """What is to be written into our package: the newest version of these purposes, with the record types, questions,
    drawers and roles that they name; path -> its whole content. Nothing that is there is written over: Clash where the
    same name says something else."""
    newest = _newest(theirs)
    new: dict[str, bytes] = {}
    for name in names:
        if name not in newest:
            raise ValueError(f"the other package has no purpose {check_text(name)}")
        path = newest[name][1]
        new[path] = theirs[path]
        for needed in _needed(_mapping(theirs, path), theirs):
            new[needed] = theirs[needed]
    for path, content in new.items():
        if path in mine and _common(mine[path]) != _common(content):
            raise Clash(f"{path} is there with another text: rename yours, or leave this purpose")
    rows = _missing_rows(mine, theirs, [_mapping(theirs, path) for path in new if path.startswith("purposes/")])
    written = {path: content for path, content in new.items() if path not in mine}
    return written | {path: mine[path] + text.encode() for path, text in rows.items()}


def raised(files: Mapping[str, bytes]) -> bytes:
    """`package.yaml` with the next version in it. ValueError when it names none."""
    version = version_of(files)
    text, found = re.subn(rb"(?m)^version:[ ]*\d+", b"version: %d" % (version + 1), files[PACKAGE])
    if found != 1:
        raise ValueError(f"{PACKAGE} names no version")
    return text


def version_of(files: Mapping[str, bytes]) -> int:
    """The version that a package says it is. ValueError when it says none."""
    version = _mapping(files, PACKAGE).get("version")
    if type(version) is not int or version < 1:
        raise ValueError(f"{PACKAGE} names no version")
    return version


def _needed(purpose: Mapping[str, Any], theirs: Mapping[str, bytes]) -> Iterator[str]:
    """Paths of the record types that a purpose can bring along."""
    drawers, questions = _listed(theirs["drawers.yaml"]), _listed(theirs["questions.yaml"])
    for item in purpose["items"]:
        kind, ref = item["kind"], item["ref"]
        rows = drawers if kind == "drawer" else questions
        uris = [ref] if kind == "record" else rows[ref]["schemas"]
        for uri in uris:
            name, _, version = uri.removeprefix("urn:kluisje:schema:").rpartition(":")
            yield f"schemas/{name.replace(':', '.')}.{version}.json"


def _missing_rows(
    mine: Mapping[str, bytes], theirs: Mapping[str, bytes], purposes: list[Mapping[str, Any]]
) -> dict[str, str]:
    """What to add to the lists: rows that these purposes name and that are not there."""
    asked = {(item["kind"], item["ref"]) for one in purposes for item in one["items"]}
    wanted = {
        "drawers.yaml": [ref for kind, ref in sorted(asked) if kind == "drawer"],
        "questions.yaml": [ref for kind, ref in sorted(asked) if kind == "answer"],
    }
    found = {}
    for path, refs in wanted.items():
        own, other = _listed(mine[path]), _listed(theirs[path])
        rows = [other[ref] for ref in refs if ref not in own]
        if rows:
            found[path] = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)
    known, all_roles = _mapping(mine, "roles.yaml"), _mapping(theirs, "roles.yaml")
    roles = {role: all_roles[role] for one in purposes for role in one["roles"] if role not in known}
    if roles:
        found["roles.yaml"] = yaml.safe_dump(roles, allow_unicode=True, sort_keys=False)
    return found


def recalled_in(files: Mapping[str, bytes]) -> list[str]:
    """URIs of the purposes that a package recalls."""
    return list(_mapping(files, PACKAGE).get("recalled") or ())


# -- reading ----------------------------------------------------------------------------------------------------


def _newest(files: Mapping[str, bytes]) -> dict[str, tuple[int, str]]:
    """Name -> (newest version, its path)."""
    found: dict[str, tuple[int, str]] = {}
    for path in files:
        named = _NAME.fullmatch(path)
        if named:
            found[named["name"]] = max(found.get(named["name"], (0, "")), (int(named["version"]), path))
    return found


class _Plain(yaml.SafeLoader):
    """Few aliases: a few bytes that stand for millions are no rules."""

    aliases = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.aliases += self.check_event(yaml.AliasEvent)
        if self.aliases > MOST_ALIASES:
            raise yaml.YAMLError("aliases")
        return super().compose_node(parent, index)


def _read(content: bytes) -> Any:
    try:
        return yaml.load(content.decode("utf-8"), _Plain)  # noqa: S506 a SafeLoader, with less
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise ValueError("a file of the package cannot be read as YAML") from None


def _mapping(files: Mapping[str, bytes], path: str) -> Mapping[str, Any]:
    found = _read(files[path])
    if not isinstance(found, dict):
        raise ValueError(f"{path} does not hold what it must")
    return found


def _listed(content: bytes) -> dict[str, Any]:
    """Rows of drawers.yaml or questions.yaml by their id."""
    return {str(row.get("id") or row.get("uri")): row for row in _read(content)}


def _common(content: bytes) -> Any:
    """What two municipalities have in common under one name: all but their own lines."""
    found = _read(content)
    return {name: value for name, value in found.items() if name not in OWN} if isinstance(found, dict) else found


# -- words ------------------------------------------------------------------------------------------------------

_WORDS = {
    "new": ("nieuw doel", "new purpose"),
    "only-theirs": ("is er bij hen, niet bij ons", "they have it, we do not"),
    "only-mine": ("is er bij ons, niet bij hen", "we have it, they do not"),
    "edited": ("is bij hen anders", "says something else there"),
    "same-name-other-text": (
        "zelfde naam en versie, andere tekst: dat mag nooit; vraag wie het veranderde",
        "same name and version, other text: that must never be; ask who edited it",
    ),
    "no-rule-changed": ("nieuwe versie, geen regel veranderd", "new version, no rule changed"),
    "kinds": ("hoe gevraagd mag worden", "how it may be asked"),
    "roles": ("wie mag vragen", "who may ask"),
    "articles": ("artikelen om te bewaren", "articles for keeping"),
    "maxDays": ("hoogstens, in dagen", "at most, in days"),
    "daily": ("keer openen per dag", "openings a day"),
    "answerBy": ("antwoord op het wissen, in dagen", "answer about erasing, in days"),
    "expiry": ("vraag staat open, in dagen", "question stays open, in days"),
    "minAge": ("jongste leeftijd", "youngest age"),
    "keep": ("bewaard, in dagen", "kept, in days"),
    "reason": ("reden bij elke keer openen", "reason at each opening"),
    "stepUp": ("haar passkey bij het ja", "her passkey at the yes"),
    "act": ("lezen of brengen", "read or bring"),
    "ground": ("grondslag", "legal ground"),
    "article": ("artikel", "article"),
    "regime": ("wie ja moet zeggen", "who has to say yes"),
    "text": ("tekst", "text"),
    "ends": ("te kiezen dagen", "days to choose from"),
    "yes": ("ja", "yes"),
    "no": ("nee", "no"),
    "needed": ("nodig", "needed"),
    "extra": ("extra", "extra"),
    "absent": ("niet", "not asked"),
}


def _say(lang: str, word: str) -> str:
    return _WORDS[word][lang == "en"]


def _yes(lang: str, value: bool) -> str:
    return _say(lang, "yes" if value else "no")


def _part(lang: str, required: bool | None) -> str:
    return _say(lang, "absent" if required is None else "needed" if required else "extra")
