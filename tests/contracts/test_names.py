# SPDX-License-Identifier: EUPL-1.2
"""N: the names of the contracts (API design rules naming-*, path-segments-kebab-case, query-keys-camel-case,
interface-language, no-sensitive-uris).

Every word in a path, member, schema, event type or problem slug is a word of a term in docs/glossary.md, or one of the
plain words here.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chassis.problems import SLUGS
from tests.contracts.documents import CONTRACTS, ROOT, committed


def listed(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


# Words of everyday English that need no definition.
PLAIN = listed(
    "about acceptable address after allowed announced answered arrived article as ask askable asked at authenticated bad because brought by"
    " bytes change changed closed complete confirmed counts daily data days deleted deposited detail differs document done due"
    " earlier ended ends entered errors example exists expires expiry explained first found from given good headers history hours id if"
    " importing input insufficient internal invalid issued keep kept lang large later length list listed locale logged looked made manual many max"
    " method min mine moved name needed new next no not number offered ours overdue own path phone plain prepared presence previewed process progress published ready"
    " recalled refused relayed removed replayed required reviewed said say sealed seen sensitive served settled settling shared she shown signed since slow start starts"
    " status stopped suspended taken talk theirs time title to told too type unavailable unsupported until url used waiting wanted"
    " what whole why word work written year"
)
# Words of the standards we speak, spelled as they spell them (JOSE, Argon2, OpenID Connect; BCP 47 languages; polled
# events: RFC 8936).
STANDARD = listed(
    "acr alg auth typ jwe kdf ref salt bsn h v m t p n nl en sub ack available dataref description err errs immediately more"
    " return set"
)
# The ids in paths and members, as formats.md section 1 names them.
IDS = listed("vlt drw rid gnt ep ver seq op a k sid kid")
# What would name a person in an address.
PERSONAL = listed(
    "bsn birth birthday date email mail phone telephone name surname firstname lastname address postcode gender"
)
EVENTS = ("request-answered", "grant-changed", "grant-ended", "deletion-asked", "question-asked")
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*").fullmatch
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*").fullmatch
PASCAL = re.compile(r"([A-Z][a-z0-9]*)+").fullmatch


def glossary() -> dict[str, str]:
    """term -> Dutch term."""
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \| [^|]+ \|$", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE
    )
    return {term: dutch for term, dutch in rows if term not in ("term", "---")}


def words(name: str) -> list[str]:
    """The words of a name in kebab-case, camelCase or with dots, in lower case."""
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", split) if word]


def singular(word: str) -> set[str]:
    """What a word may be the plural of, and itself."""
    found = {word}
    if word.endswith("ies"):
        found.add(word[:-3] + "y")
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        found.add(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        found.add(word[:-1])
    return found


def paths() -> Iterator[tuple[str, str]]:
    for part in CONTRACTS:
        for path in committed(part)["paths"]:
            yield part, path


def schemas() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for part in CONTRACTS:
        for name, schema in committed(part)["components"]["schemas"].items():
            yield part, name, schema


def members(schema: Any) -> Iterator[str]:
    """All member names of a schema, at any depth."""
    if isinstance(schema, list):
        for one in schema:
            yield from members(one)
    elif isinstance(schema, dict):
        for name, one in schema.items():
            if name == "properties":
                yield from one
                yield from members(list(one.values()))
            elif name not in ("example", "examples", "required", "enum"):
                yield from members(one)


def parameters() -> Iterator[tuple[str, str, str]]:
    """(path, where, name) of each parameter."""
    for part in CONTRACTS:
        for path, verbs in committed(part)["paths"].items():
            for operation in verbs.values():
                for parameter in operation.get("parameters", ()):
                    yield path, parameter["in"], parameter["name"]


def names() -> dict[str, str]:
    """Every name that the words rule is about -> where it stands."""
    found: dict[str, str] = {}
    for part, path in paths():
        for segment in path.strip("/").split("/"):
            found.setdefault(segment.strip("{}"), f"{part} {path}")
    for part, name, schema in schemas():
        found.setdefault(name, f"{part} schema")
        for member in members(schema):
            found.setdefault(member, f"{part} {name}")
    for path, where, name in parameters():
        found.setdefault(name, f"{where} of {path}")
    return found | dict.fromkeys(SLUGS, "problem") | dict.fromkeys(EVENTS, "event")


def test_every_word_is_in_the_glossary_or_is_plain() -> None:
    known = {word for term in glossary() for word in words(term)} | PLAIN | STANDARD | IDS
    undefined = {
        word: f"{name} ({place})"
        for name, place in names().items()
        for word in words(name)
        if not singular(word) & known
    }
    assert not undefined


def test_no_plain_word_is_unused() -> None:
    used = {form for name in names() for word in words(name) for form in singular(word)}
    assert not PLAIN - used, "a word that nobody uses needs no place here"
    assert not (STANDARD | IDS) - used


def test_no_two_terms_share_a_dutch_one() -> None:
    found = glossary()
    assert len(found) > 100
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("component", CONTRACTS)
def test_paths_are_nouns_in_kebab_case_and_collections_are_plural(component: str) -> None:
    for path in committed(component)["paths"]:
        segments = path.strip("/").split("/")
        for segment, following in zip(segments, [*segments[1:], ""], strict=True):
            if segment.startswith("{"):
                assert CAMEL(segment.strip("{}").replace("_", "")), path
                continue
            assert KEBAB(segment), path
            if following.startswith("{"):
                assert segment.endswith("s"), f"{path}: {segment} is a collection"
        assert not path.endswith("/")


def test_every_operation_is_a_verb_and_a_noun() -> None:
    verbs = listed(
        "accept ask add announce answer begin bring close compare complete confirm delete deposit drop enter file get give hand"
        " list look make open pause poll prepare preview put read remove seal stop suspend take withdraw"
    )
    for part in CONTRACTS:
        seen = [o["operationId"] for v in committed(part)["paths"].values() for o in v.values()]
        assert len(set(seen)) == len(seen)
        for name in seen:
            assert CAMEL(name), name
            assert words(name)[0] in verbs, f"{name} is not verbNoun"
            assert len(words(name)) > 1, f"{name} is not verbNoun"


def test_no_path_holds_a_verb() -> None:
    verbs = listed("stop pause withdraw accept answer read give get create update delete ask revoke cancel confirm")
    for _, path in paths():
        assert verbs.isdisjoint(path.strip("/").split("/")), path


def test_members_and_query_keys_are_lower_camel_case_and_schemas_pascal() -> None:
    for part, name, schema in schemas():
        assert PASCAL(name), f"{part} {name}"
        for member in members(schema):
            assert CAMEL(member), f"{part} {name}.{member}"
    for path, where, name in parameters():
        assert where == "header" or CAMEL(name.replace("_", "")), f"{path}: {name}"


def test_no_address_can_name_a_person() -> None:
    """Paths and query keys take random ids only: no value in them has another shape, and no name is a personal one."""
    for path, where, name in parameters():
        if where in ("path", "query"):
            assert PERSONAL.isdisjoint(words(name)), f"{path}: {name}"
    for part in CONTRACTS:
        for path, verbs in committed(part)["paths"].items():
            for operation in verbs.values():
                for parameter in operation.get("parameters", ()):
                    if parameter["in"] == "path":
                        schema = parameter["schema"]
                        assert schema.get("pattern") or schema["type"] == "integer", (
                            f"{path}: {parameter['name']} is free text"
                        )


def test_no_coordinates() -> None:
    """Rule modules/geospatial does not apply: nothing here is a place on a map."""
    assert {"latitude", "longitude", "coordinates", "geometry", "crs"}.isdisjoint(names())


@pytest.mark.parametrize("component", CONTRACTS)
def test_the_description_opens_in_dutch(component: str) -> None:
    """Rule doc-language: Dutch first, then English."""
    first, second = committed(component)["info"]["description"].strip().split("\n\n")[:2]
    assert len(re.findall(r"\b(de|het|een|en|wie|van|niet|kan|is)\b", first, re.IGNORECASE)) >= 3
    assert len(re.findall(r"\b(the|and|of|a|is|no|only|can)\b", second, re.IGNORECASE)) >= 3
