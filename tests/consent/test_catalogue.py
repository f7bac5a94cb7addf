# SPDX-License-Identifier: EUPL-1.2
"""The shipped catalogue: complete, valid, plain; and every way in which a catalogue is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from consent import catalogue, catalogue_checks
from consent.catalogue import CatalogueError
from consent.catalogue_pages import name_of, pages
from consent.purposes import Words, text
from tests.portal.test_words import hard

FOLDER = Path(__file__).parents[2] / "catalogue"
FILES = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in sorted(FOLDER.rglob("*.*"))}
RULES = catalogue.load(FOLDER)
SCHOOL = "purposes/back-to-school.1.yaml"


def test_the_shipped_catalogue_is_whole() -> None:
    assert len(RULES.purposes) >= 10
    assert len(RULES.schemas) >= 16
    named = {"school", "work-and-income", "health", "living", "money", "free-time", "my-people", "private", "answers"}
    assert named <= set(RULES.drawers)
    assert catalogue.read(FILES) == RULES
    used = {uri for drawer in RULES.drawers.values() for uri in drawer.schemas}
    assert used == set(RULES.schemas), "a record type that lies in no drawer"
    assert {role for purpose in RULES.purposes.values() for role in purpose.roles} == set(RULES.roles)
    asked = {item.ref for purpose in RULES.purposes.values() for item in purpose.items if item.kind == "answer"}
    assert asked <= set(RULES.questions)
    assert all(uri in RULES.schemas for question in RULES.questions.values() for uri in question.schemas)


def test_the_journey_of_noor_and_fatima_has_its_purpose() -> None:
    purpose = RULES.newest("back-to-school")
    assert purpose is not None
    assert [(item.kind, item.ref, item.required) for item in purpose.items][:2] == [
        ("drawer", "school", True),
        ("record", "urn:kluisje:schema:doctors-note:1", False),
    ]
    assert "youth-worker" in purpose.roles
    assert not purpose.step_up
    assert purpose.min_age <= 15


def test_some_purpose_brings_and_hands_over_no_key() -> None:
    bringing = [purpose for purpose in RULES.purposes.values() if purpose.act == "deposit"]
    assert bringing
    assert all(item.kind == "drawer" for purpose in bringing for item in purpose.items)


@pytest.mark.parametrize("schema", RULES.schemas.values(), ids=lambda schema: schema.uri)
def test_each_record_type_is_valid_and_has_two_valid_examples(schema: Any) -> None:
    document = dict(schema.document)
    Draft202012Validator.check_schema(document)
    check = Draft202012Validator(document, format_checker=FormatChecker())
    assert len(document["examples"]) == 2
    for example in document["examples"]:
        check.validate(example)
        with pytest.raises(ValidationError):
            check.validate(example | {"something_else": 1})
        for name in document["required"]:
            with pytest.raises(ValidationError):
                check.validate({key: value for key, value in example.items() if key != name})
    for name, field in document["properties"].items():
        wrong: dict[str, list[Any]] = {
            "string": [5, "x" * 10_000], "integer": [1.5, "5", 2**60], "boolean": ["ja", 1], "array": ["x", [[]]],
        }  # fmt: skip
        for value in wrong[field["type"]]:
            with pytest.raises(ValidationError):
                check.validate(document["examples"][0] | {name: value})


def test_the_answer_of_formats_is_a_record_type() -> None:
    answer = RULES.schemas["urn:kluisje:schema:answer:1"].document
    assert list(answer["properties"]) == answer["required"] == ["q", "h", "val", "src"]
    assert all(example["q"] in RULES.questions for example in answer["examples"])
    assert not RULES.drawers["answers"].askable
    assert not RULES.drawers["private"].askable
    assert RULES.drawers["private"].from_age == 12


@pytest.mark.parametrize("purpose", RULES.purposes.values(), ids=lambda purpose: purpose.name)
def test_each_purpose_reads_easily(purpose: Any) -> None:
    said = [purpose.why, purpose.if_no, purpose.keep, *(words for _, words in purpose.checklist)]
    assert hard([words.nl for words in said]) == []
    for lang in ("nl", "en"):
        whole = text(purpose, lang)
        assert whole == whole.strip()
        assert "{" not in whole
        assert whole.count("\n") >= 7


# -- as far as data can say --------------------------------------------------------------------------------

YEARS = {"een": 1, "twee": 2, "drie": 3, "vijf": 5, "zeven": 7, "tien": 10, "vijftien": 15, "twintig": 20}
TERMS = {
    "Jeugdwet art. 7.3.8": 20,
    "Burgerlijk Wetboek art. 7:454": 20,
    "Wmo 2015 art. 5.3.4": 15,
    "Algemene wet inzake rijksbelastingen art. 52": 7,
}
"""Years for which an article makes somebody keep a file. To the makers' best knowledge: no lawyer looked at it."""
SUBJECTS = {
    "AVG art. 6": {"school", "money", "free-time", "work-and-income"},
    "Jeugdwet": {"school", "health", "my-people", "free-time", "living", "papers"},
    "Wet gemeentelijke schuldhulpverlening": {"debts", "money", "work-and-income", "living"},
    "Participatiewet": {"money", "work-and-income", "living", "health"},
    "Wet voortgezet onderwijs 2020": {"school", "health"},
    "Wet educatie en beroepsonderwijs": {"school", "work-and-income", "free-time"},
    "Huisvestingswet 2014": {"living", "work-and-income"},
    "Wmo 2015": {"living", "health", "my-people"},
    "Wet publieke gezondheid": {"health"},
}
"""What a law is about, in drawers: what a purpose under it may ask at all."""


def _homes(item: Any) -> set[str]:
    """The drawers that an item comes from, as few as explain it."""
    if item.kind == "drawer":
        return {item.ref}
    uris = (item.ref,) if item.kind == "record" else RULES.questions[item.ref].schemas
    return {
        drawer.id for drawer in RULES.drawers.values() if drawer.id != "private" and set(uris) & set(drawer.schemas)
    }


@pytest.mark.parametrize("purpose", RULES.purposes.values(), ids=lambda purpose: purpose.name)
def test_no_purpose_asks_what_its_law_is_not_about(purpose: Any) -> None:
    [allowed] = [drawers for law, drawers in SUBJECTS.items() if purpose.article.startswith(law)]
    for item in purpose.items:
        if item.kind == "answer" and not item.required:
            continue  # yes or no, and only if she wants
        assert _homes(item) & allowed, f"{item.ref}: {purpose.article} explains no such thing"


@pytest.mark.parametrize("purpose", RULES.purposes.values(), ids=lambda purpose: purpose.name)
def test_what_she_reads_about_keeping_is_what_may_be_kept(purpose: Any) -> None:
    """The words say the same as the number, and the number is the longest term of the articles that may be named."""
    said = [YEARS[one] for one in re.findall(r"(\w+) jaar\b", purpose.keep.nl.lower())]
    years = max(said, default=0)
    assert abs(purpose.keep_days - round(years * 365.25)) <= 1, f"{purpose.keep_days} days, and {purpose.keep.nl}"
    terms = [TERMS[article] for article in purpose.articles if article in TERMS]
    if terms and purpose.act == "read":
        assert years == max(terms), f"{years} years; {purpose.articles} make it {max(terms)}"
    if not purpose.keep_days and purpose.act == "read":
        assert purpose.articles == ("AVG art. 17 lid 3 e",), "nothing is kept, and yet an article to keep it"


def test_the_pages_say_what_the_catalogue_says() -> None:
    shown = {path.name: path.read_text("utf-8") for path in (FOLDER.parent / "docs" / "catalogue").glob("*.md")}
    assert shown == pages(RULES), "run: python -m serve catalogue-pages"
    assert {name_of(one) for one in RULES.purposes.values()} < set(shown)


def _changed(path: str, old: str, new: str) -> dict[str, bytes]:
    content = FILES[path].decode()
    assert content.count(old) >= 1, f"{path} has no {old!r}"
    return FILES | {path: content.replace(old, new, 1).encode()}


ATTENDANCE = "schemas/attendance.1.json"
NO_SENSE = "x " * 21 + "x."


@pytest.mark.parametrize(
    ("path", "old", "new", "finding"),
    [
        (SCHOOL, "to-school:1", "to-school:2", "id: not the name of the file"),
        (SCHOOL, "nl: 'Samen", "nl: 'Samen heel rustig en zonder haast met elkaar", "why.nl: over 15 words"),
        (SCHOOL, "  nl: 'Dan praten we zonder je papieren. Je krijgt net zo goed hulp.'\n", "", "ifNo.nl: missing"),
        (SCHOOL, "Dan praten we zonder", f"{NO_SENSE} zonder", "ifNo.nl: sentence too long"),
        (SCHOOL, "Dan praten we", "Indien nodig praten we", "ifNo.nl: hard word"),
        (SCHOOL, "'Dan praten we", "' Dan praten we", "ifNo.nl: untidy"),
        (SCHOOL, "Hulp om terug", "Handhaving en terug", "workProcess: forbidden"),
        (SCHOOL, "ground: public-task", "ground: own-interest", "ground: unknown"),
        (SCHOOL, "ground: public-task", "ground: consent", "regime: does not fit the ground"),
        (SCHOOL, "regime: jeugdwet-dossier", "regime: whatever", "regime: unknown"),
        (SCHOOL, "ref: school", "ref: schools", "items.0.ref: unknown"),
        (SCHOOL, "ref: school", "ref: private", "items.0.ref: may not be asked"),
        (SCHOOL, "ref: school", "ref: answers", "items.0.ref: may not be asked"),
        (SCHOOL, "ref: school", "ref: health", "stepUp: a sensitive drawer needs it"),
        (SCHOOL, "schema:doctors-note:1", "schema:doctors-note:9", "items.1.ref: unknown"),
        (SCHOOL, "question:doctor-says", "question:nobody-says", "items.2.ref: unknown"),
        (SCHOOL, "act: read", "act: deposit", "items.1.kind: deposits go into drawers"),
        (SCHOOL, "act: read", "act: look", "act: literal_error"),
        (SCHOOL, "kinds: [once, until]", "kinds: [once, always]", "kinds.1: unknown"),
        (SCHOOL, "kinds: [once, until]", "kinds: []", "kinds: none or twice"),
        (SCHOOL, "ends: [14, 30, 90, 180]", "ends: [7, 14, 30, 90, 180]", "ends: one to four, ascending"),
        (SCHOOL, "ends: [14, 30, 90, 180]", "ends: [30, 14]", "ends: one to four, ascending"),
        (SCHOOL, "ends: [14, 30, 90, 180]", "ends: [14, 181]", "ends: beyond maxDays"),
        (SCHOOL, "expiry: 14", "expiry: 2", "expiry: not within 3 and 60"),
        (SCHOOL, "expiry: 14", "expiry: 61", "expiry: not within 3 and 60"),
        (SCHOOL, "daily: 50", "daily: 0", "daily: not within"),
        (SCHOOL, "daily: 50", "daily: true", "daily: int_type"),
        (SCHOOL, "minAge: 12", "minAge: 19", "minAge: not within"),
        (SCHOOL, "answerBy: 14", "answerBy: 31", "answerBy: not within"),
        (SCHOOL, "maxDays: 180", "maxDays: 4000", "maxDays: not within"),
        (SCHOOL, "days: 7305", "days: -1", "keep.days: not within"),
        (SCHOOL, "roles: [youth-worker, school-coach]", "roles: [youth-worker, wizard]", "roles: wizard: unknown"),
        (SCHOOL, "roles: [youth-worker, school-coach]", "roles: []", "roles: none or twice"),
        (
            SCHOOL,
            "https://gemeente.example/register/terug-naar-school/1",
            "register",
            "processingActivity: no versioned",
        ),
        (SCHOOL, "article: 'Jeugdwet art. 2.3 en 7.4.0'", "article: ''", "article, articles, dpia: empty"),
        (SCHOOL, "  least:", "  most:", "checklist: not the three answers"),
        (SCHOOL, "validUntil: null", "validUntil: 2025-12-31", "validUntil: before validFrom"),
        (SCHOOL, "stepUp: false", "stepUp: false\nsecret: true", "secret: extra_forbidden"),
        (SCHOOL, "stepUp: false", "stepUp: false\nstepUp: false", f"{SCHOOL}: unreadable"),
        (SCHOOL, "minAge: 12\n", "", "minAge: missing"),
        ("roles.yaml", "jobcoach, en: job coach", "politie, en: police", "roles.yaml: job-coach: forbidden"),
        ("roles.yaml", "job-coach", "fraud-desk", "roles.yaml: fraud-desk: forbidden"),
        ("drawers.yaml", "id: debts", "id: money", "id twice"),
        ("drawers.yaml", "id: debts", "id: Debts", "drawers.yaml: Debts: id"),
        ("drawers.yaml", "schema:attendance:1", "schema:attendance:7", "drawers.yaml: school: urn"),
        ("questions.yaml", "question:over-18:1", "purpose:over-18:1", "purpose:over-18:1: id"),
        ("questions.yaml", "schema:diploma:1", "schema:diplomas:1", "unknown"),
        ("package.yaml", "recalled: []", "recalled: ['urn:kluisje:purpose:x:1']", "package.yaml: recalled"),
        ("ages.yaml", "able: [she, parent]", "able: [she, neighbour]", "literal_error"),
        ("screen.yaml", "whatFor", "whatNot", "whatFor: missing"),
        (ATTENDANCE, '"additionalProperties": false', '"additionalProperties": true', "closed object expected"),
        (ATTENDANCE, "attendance:1", "attendance:2", "$id: not the name of the file"),
        (ATTENDANCE, '"type": "integer"', '"type": "number"', "properties.absence_days: not in the subset"),
        (ATTENDANCE, '"x-unit": "days"', '"x-unit": "furlongs"', "absence_days: minimum, maximum and a known unit"),
        (ATTENDANCE, '"format": "date"', '"format": "time"', "properties.from_day: format"),
        (ATTENDANCE, '"maxLength": 120', '"minLength": 1', "properties.school: maxLength or a date"),
        (ATTENDANCE, '"absence_days"\n', '"absence"\n', "required: absence: unknown"),
        (ATTENDANCE, '"x-attachment": "optional"', '"x-attachment": "maybe"', "x-attachment: unknown"),
        (ATTENDANCE, '"nl": "Vanaf",', "", "properties.from_day.x-title: nl and en expected"),
        ("schemas/talent.1.json", '"daily",', '"hourly",', "x-choices are not the enum"),
        ("schemas/timetable.1.json", '"maxItems": 12', '"minItems": 1', "list of lists, or without maxItems"),
    ],
)
def test_a_catalogue_with_a_fault_is_refused(path: str, old: str, new: str, finding: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        catalogue.read(_changed(path, old, new))
    assert any(line.startswith((path, "drawers.yaml")) and finding in line for line in refused.value.findings), (
        refused.value.findings
    )


def test_every_file_counts() -> None:
    for path in ("package.yaml", "ages.yaml", "screen.yaml", "roles.yaml", "drawers.yaml", "questions.yaml"):
        with pytest.raises(CatalogueError, match=f"{path}: missing"):
            catalogue.read({name: data for name, data in FILES.items() if name != path})
    with pytest.raises(CatalogueError, match=r"more\.yaml: unknown file"):
        catalogue.read(FILES | {"more.yaml": b"{}"})
    with pytest.raises(CatalogueError, match="unreadable"):
        catalogue.read(FILES | {ATTENDANCE: b"{"})


def test_all_faults_of_a_catalogue_are_told_together() -> None:
    broken = _changed(SCHOOL, "expiry: 14", "expiry: 2") | {
        "purposes/debt-help.1.yaml": FILES["purposes/debt-help.1.yaml"].replace(b"daily: 20", b"daily: 0")
    }
    with pytest.raises(CatalogueError) as refused:
        catalogue.read(broken)
    assert len(refused.value.findings) == 2


def test_words_are_checked_in_both_languages() -> None:
    assert list(catalogue_checks.words("x", Words("Goed zo.", "Well done."))) == []
    assert list(catalogue_checks.words("x", Words("", "Well\u202edone."))) == ["x.nl: untidy", "x.en: untidy"]
