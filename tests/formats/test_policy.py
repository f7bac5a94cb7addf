# SPDX-License-Identifier: EUPL-1.2
"""Which keys are trusted, and how many witnesses must have signed."""

import pytest

from formats.checkpoint import LOG, NoteKey, Vkey, cosign_note, sign_note
from formats.policy import LogPolicy, read_policy
from tests.formats.refusals import refused
from tests.vectors.cast import HOST, NOW, ORIGIN, log_key, secret, witness_key

NEXT = f"log.{HOST}/2027h1"
CITIES = ("delft", "breda", "zwolle")
POLICY = "\n".join(
    (
        "# the log of this half year, and of the next",
        f"log {log_key().vkey}",
        f"log {log_key(NEXT).vkey} https://log.example/",
        "",
        *(f"witness {city} {witness_key(city).vkey}" for city in CITIES),
        "group cities 2 delft breda zwolle",
        "quorum cities",
        "",
    )
)
NOTE = sign_note(log_key(), 7, secret("root"))


def cosigned(*cities: str) -> str:
    note = NOTE
    for city in cities:
        note = cosign_note(note, witness_key(city), NOW)
    return note


def test_two_of_three_cities_are_enough() -> None:
    policy = read_policy(POLICY)
    assert set(policy.logs) == {ORIGIN, NEXT}
    assert policy.witnessed(cosigned("delft", "zwolle")).size == 7
    assert policy.witnessed(cosigned(*CITIES)).size == 7
    for too_few in ((), ("delft",), ("delft", "delft"), ("delft", "utrecht")):
        refused(policy.witnessed, cosigned(*too_few))
        assert policy.checkpoint(cosigned(*too_few)).size == 7  # the log's own signature is there


def test_the_next_half_year_is_pinned_beforehand_the_one_after_is_not() -> None:
    policy = read_policy(POLICY)
    assert policy.checkpoint(sign_note(log_key(NEXT), 1, secret("r"))).origin == NEXT
    refused(policy.checkpoint, sign_note(log_key(f"log.{HOST}/2027h2"), 1, secret("r")))
    refused(policy.checkpoint, sign_note(NoteKey(ORIGIN, LOG, secret("another key")), 1, secret("r")))


def test_a_good_checkpoint_is_remembered_a_bad_one_is_not() -> None:
    policy = read_policy(POLICY)
    assert policy.checkpoint(NOTE) is policy.checkpoint(NOTE)
    forged = NOTE.replace("\n7\n", "\n8\n")
    refused(policy.checkpoint, forged)
    refused(policy.checkpoint, forged)
    refused(LogPolicy({NEXT: log_key(NEXT).vkey}).checkpoint, NOTE)  # remembered by that policy only


@pytest.mark.parametrize(
    ("quorum", "cities", "good"),
    [
        ("none", (), True),
        ("delft", ("delft",), True),
        ("delft", ("breda",), False),
        ("any", ("zwolle",), True),
        ("any", (), False),
        ("all", CITIES, True),
        ("all", ("delft", "breda"), False),
        ("nested", ("delft", "breda"), True),
        ("nested", ("delft", "zwolle"), True),
        ("nested", ("delft",), False),
        ("nested", ("breda", "zwolle"), False),
    ],
)
def test_quorums(quorum: str, cities: tuple[str, ...], good: bool) -> None:
    groups = {
        "any": "group any any delft breda zwolle",
        "all": "group all all delft breda zwolle",
        "nested": "group others any breda zwolle\ngroup nested all delft others",
    }
    head = POLICY.partition("group")[0]
    policy = read_policy(f"{head}{groups.get(quorum, '')}\nquorum {quorum}\n")
    if good:
        assert policy.witnessed(cosigned(*cities)).size == 7
    else:
        refused(policy.witnessed, cosigned(*cities))


HEAD = POLICY.partition("group")[0]


@pytest.mark.parametrize(
    "text",
    [
        "", HEAD, POLICY + "quorum none\n", HEAD + "quorum unknown\n", "quorum none\n",
        HEAD + f"log {log_key().vkey}\nquorum none\n",
        HEAD + f"log {witness_key('delft').vkey}\nquorum none\n",
        HEAD + f"witness delft {witness_key('utrecht').vkey}\nquorum none\n",
        HEAD + f"witness again {witness_key('delft').vkey}\nquorum none\n",
        HEAD + f"witness log {log_key().vkey}\nquorum none\n", HEAD + "witness none x\nquorum none\n",
        HEAD + "group g 0 delft\nquorum g\n", HEAD + "group g 2 delft\nquorum g\n",
        HEAD + "group g 02 delft breda\nquorum g\n",
        HEAD + "group g any\nquorum g\n", HEAD + "group g any delft delft\nquorum g\n",
        HEAD + "group g any later\nquorum g\n",
        HEAD + "group g any g\nquorum g\n", HEAD + "group delft any breda\nquorum delft\n",
        HEAD + "group g some delft\nquorum g\n",
        HEAD + "group g any none\nquorum g\n", HEAD + "group g any delft\ngroup h any delft\nquorum h\n",
        POLICY + "trust me\n", POLICY.replace("log log", "log xlog", 1), POLICY + "#" * 70_000, None,
    ],
)  # fmt: skip
def test_a_policy_that_says_something_else_is_refused(text: object) -> None:
    refused(read_policy, text)


def test_a_policy_made_in_code_follows_the_same_rules() -> None:
    log, delft = log_key().vkey, witness_key("delft").vkey
    LogPolicy({ORIGIN: log}, {"delft": delft}, {}, "delft")
    refused(LogPolicy, {})
    refused(LogPolicy, {NEXT: log})
    refused(LogPolicy, {delft.name: delft})
    refused(LogPolicy, {ORIGIN: log}, {"delft": log})
    refused(LogPolicy, {ORIGIN: log}, {"a": delft, "b": delft})
    refused(LogPolicy, {ORIGIN: log}, {"a": delft}, {"a": (1, ("a",))})
    refused(LogPolicy, {ORIGIN: log}, {}, {}, "unknown")
    assert isinstance(log, Vkey)
