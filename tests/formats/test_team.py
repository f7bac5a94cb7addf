# SPDX-License-Identifier: EUPL-1.2
"""Who is in a team: the administrator's chain of lists, and the team's key that opens for the listed alone."""

from typing import Any

import pytest

from formats.jose import new_sealing_key, new_signing_key
from formats.sealing import open_team_key, seal_team_key
from formats.slots import dutch_words, member_words
from formats.spelling import H, b64u, dump_json, parse_json, unb64u
from formats.team import (
    KEEPER,
    MEMBER,
    TeamMember,
    check_team_lists,
    sign_team,
    team_follows,
    team_key_place,
    verify_team,
)
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors import frozen
from tests.vectors.cast import NOW, SCHOOL, TEAM, VLT, key, pub

FATIMA, KARIM, SANNE = ("cw_" + b64u(bytes([n]) * 32) for n in (1, 2, 3))


def member(sub: str, name: str, role: str = MEMBER) -> TeamMember:
    return TeamMember(sub, pub(name), pub(name, "enc"), role)


FIRST_MEMBERS = (member(FATIMA, "fatima", KEEPER), member(KARIM, "karim", KEEPER))
FIRST = verify_team(
    sign_team(
        key("administrator"),
        iss=TEAM,
        previous=None,
        iat=NOW,
        adm=key("administrator"),
        jkt=None,
        members=FIRST_MEMBERS,
    ),
    pub("administrator"),
)
SECOND = verify_team(
    sign_team(
        key("administrator"),
        iss=TEAM,
        previous=FIRST,
        iat=NOW + 60,
        adm=key("administrator 2"),
        jkt=pub("team", "enc")["kid"],
        members=(*FIRST_MEMBERS, member(SANNE, "sanne")),
    ),
    pub("administrator"),
)
THIRD = verify_team(
    sign_team(
        key("administrator 2"),
        iss=TEAM,
        previous=SECOND,
        iat=NOW + 60,
        adm=key("administrator 2"),
        jkt=SECOND.jkt,
        members=FIRST_MEMBERS,
    ),
    pub("administrator 2"),
)
ALL = {"first list": (FIRST.token, "administrator"), "second list": (SECOND.token, "administrator")}
ALL |= {"third list": (THIRD.token, "administrator 2")}
LISTS = [FIRST.token, SECOND.token, THIRD.token]


def changed(**other: Any) -> dict[str, Any]:
    """Fatima's line with something else in it."""
    line = parts_of(FIRST.token)[1]["members"][0]
    return {name: value for name, value in (line | other).items() if value is not ...}


def beside(**other: Any) -> list[dict[str, Any]]:
    """Two lines, of which the second is Karim's with something of Fatima's."""
    lines = parts_of(FIRST.token)[1]["members"]
    return [lines[0], lines[1] | other]


_FATIMAS = changed()
WRONG: list[tuple[str, str, Any]] = [
    (name, path, value)
    for name in ("first list", "second list")
    for path, value in (
        ("iss", f"vault:{VLT}"), ("iss", SCHOOL), ("seq", 0), ("seq", -1), ("seq", "1"), ("seq", True), ("iat", None),
        ("adm", pub("fatima")), ("adm", pub("administrator", "enc")), ("adm", key("administrator")), ("adm", None),
        ("jkt", "x"), ("jkt", 1), ("members", None), ("members", {}), ("members", [None]),
        ("members", [changed(sub="fatima")]), ("members", [changed(sub="cw_")]), ("members", [changed(sub=1)]),
        ("members", [changed(sub=FATIMA + "\n")]), ("members", [changed(sub="cw_" + "a" * 81)]),
        ("members", [changed(role="administrator")]), ("members", [changed(role=None)]),
        ("members", [changed(role=...)]), ("members", [changed(name="Fatima")]),
        ("members", [changed(sig=pub("fatima", "enc"))]), ("members", [changed(enc=pub("fatima"))]),
        ("members", [changed(sig=key("fatima"))]), ("members", [changed(enc=key("fatima", "enc"))]),
        ("members", [changed(sig=pub("administrator"))]),
        ("members", beside(sub=_FATIMAS["sub"])), ("members", beside(sig=_FATIMAS["sig"])),
        ("members", beside(enc=_FATIMAS["enc"])),
        ("members", [changed(sub=f"cw_{n}", sig=pub(f"s{n}"), enc=pub(f"s{n}", "enc")) for n in range(201)]),
    )
] + [("first list", "prv", H("x")), ("second list", "prv", None), ("second list", "seq", 1), ("first list", "seq", 2)]  # fmt: skip


def test_a_list_names_who_is_in_the_team() -> None:
    assert (SECOND.iss, SECOND.seq, SECOND.prv, SECOND.jkt) == (TEAM, 2, FIRST.sid, pub("team", "enc")["kid"])
    sanne = SECOND.member(SANNE)
    assert sanne is not None
    assert (sanne.role, sanne.sig, sanne.enc) == (MEMBER, pub("sanne"), pub("sanne", "enc"))
    assert THIRD.member(SANNE) is None
    assert verify_team(twin(FIRST.token), pub("administrator")).sid == FIRST.sid


@pytest.mark.parametrize(("token", "signer"), ALL.values(), ids=ALL)
def test_every_forgery_is_refused(token: str, signer: str) -> None:
    for _, forged in forgeries(token, key(signer), key("mallory")):
        refused(verify_team, forged, pub(signer))


@pytest.mark.parametrize(("name", "path", "value"), WRONG, ids=lambda value: str(value)[:20])
def test_a_wrong_member_is_refused_though_truly_signed(name: str, path: str, value: Any) -> None:
    token, signer = ALL[name]
    header, claims = parts_of(token)
    refused(verify_team, signed(header, edited(claims, path, value), key(signer)), pub(signer))


def test_lists_are_one_chain_and_each_names_who_signs_the_next() -> None:
    assert [one.seq for one in check_team_lists(LISTS, pub("administrator"), TEAM)] == [1, 2, 3]
    refused(check_team_lists, LISTS, pub("administrator 2"), TEAM)
    refused(check_team_lists, LISTS, pub("administrator"), TEAM + "x")
    refused(check_team_lists, [], pub("administrator"), TEAM)
    refused(check_team_lists, LISTS[1:], pub("administrator"), TEAM)
    refused(check_team_lists, [FIRST.token, THIRD.token], pub("administrator"), TEAM)
    refused(check_team_lists, [FIRST.token, FIRST.token], pub("administrator"), TEAM)


def test_whoever_handed_over_signs_no_more() -> None:
    header, claims = parts_of(THIRD.token)
    late = signed(header | {"kid": key("administrator")["kid"]}, claims, key("administrator"))
    assert verify_team(late, pub("administrator")).seq == 3
    refused(check_team_lists, [FIRST.token, SECOND.token, late], pub("administrator"), TEAM)


@pytest.mark.parametrize("change", [{"iss": TEAM + "x"}, {"prv": H("x")}, {"seq": 4}, {"iat": NOW + 59}], ids=str)
def test_a_list_that_does_not_follow_is_refused(change: dict[str, Any]) -> None:
    header, claims = parts_of(THIRD.token)
    other = verify_team(signed(header, claims | change, key("administrator 2")), pub("administrator 2"))
    refused(team_follows, SECOND, other)
    refused(team_follows, None, other)


def test_who_decides_about_members_is_none_with_a_key_of_the_list() -> None:
    """portal.md, Done when 21: no administrator's key opens a record, so it is nobody's key to open with."""
    with_own = (*FIRST_MEMBERS, member(SANNE, "administrator"))
    refused(sign_team, key("administrator"), iss=TEAM, previous=None, iat=NOW, adm=key("other"), jkt=None,
            members=with_own)  # fmt: skip
    refused(sign_team, key("other"), iss=TEAM, previous=None, iat=NOW, adm=key("administrator"), jkt=None,
            members=with_own)  # fmt: skip


# -- the team's key ------------------------------------------------------------------------------------------

PLACE: dict[str, Any] = {"iss": TEAM, "seq": 2, "sub": SANNE}
JKT = pub("team", "enc")["kid"]
SEALED = seal_team_key(key("team", "enc"), key("team"), pub("sanne", "enc"), **PLACE)


def opened(jwe: str, **other: Any) -> Any:
    given: dict[str, Any] = {"enc": key("sanne", "enc"), "jkt": JKT} | PLACE | other
    return open_team_key(jwe, given.pop("enc"), **given)


def test_a_listed_member_opens_the_teams_key() -> None:
    assert opened(SEALED) == (key("team", "enc"), key("team"))
    place = team_key_place(SEALED)
    assert (place.iss, place.seq, place.sub, place.kid) == (TEAM, 2, SANNE, pub("sanne", "enc")["kid"])


@pytest.mark.parametrize(
    "other",
    [
        {"enc": key("fatima", "enc")}, {"enc": pub("sanne", "enc")}, {"enc": key("sanne")}, {"iss": TEAM + "x"},
        {"iss": SCHOOL}, {"seq": 1}, {"seq": 3}, {"seq": 0}, {"seq": True}, {"sub": FATIMA}, {"sub": "sanne"},
        {"jkt": pub("false", "enc")["kid"]}, {"jkt": ""}, {"jkt": None},
    ],
    ids=lambda other: next(iter(other)),
)  # fmt: skip
def test_it_opens_nowhere_else(other: dict[str, Any]) -> None:
    refused(opened, SEALED, **other)


def test_another_key_than_the_list_names_is_refused_whoever_sealed_it() -> None:
    """A desk that seals a key of its own making to a member: the page must not use it."""
    planted = seal_team_key(new_sealing_key(), new_signing_key(), pub("sanne", "enc"), **PLACE)
    assert team_key_place(planted) == team_key_place(SEALED)
    refused(opened, planted)


@pytest.mark.parametrize(
    "change",
    [
        {"cty": None}, {"iss": SCHOOL}, {"iss": None}, {"seq": 0}, {"seq": "2"}, {"seq": None}, {"sub": "x"},
        {"sub": None}, {"more": 1}, {"typ": "vault-key+jwe"}, {"enc": "A128GCM"}, {"zip": "DEF"}, {"kid": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_a_header_with_anything_else_is_refused(change: dict[str, Any]) -> None:
    header = parse_json(unb64u(SEALED.split(".")[0])) | change
    parts = [b64u(dump_json({name: value for name, value in header.items() if value is not None}))]
    token = ".".join(parts + SEALED.split(".")[1:])
    refused(team_key_place, token)
    refused(opened, token)


@pytest.mark.parametrize(
    "keys",
    [
        (pub("team", "enc"), key("team")), (key("team", "enc"), pub("team")), (key("team"), key("team", "enc")),
        (key("team", "enc"), key("team", "enc")),
    ],
    ids=range(4),
)  # fmt: skip
def test_only_two_private_keys_are_sealed(keys: tuple[Any, Any]) -> None:
    refused(seal_team_key, *keys, pub("sanne", "enc"), **PLACE)


# -- four words ----------------------------------------------------------------------------------------------

COMPARED = [(sub, pub(name)["kid"], pub(name, "enc")["kid"]) for sub, name in ((SANNE, "sanne"), (KARIM, "sanne"))]


def test_four_words_stand_for_one_persons_keys_in_one_team() -> None:
    sub, sig, enc = COMPARED[0]
    words = member_words(TEAM, sub, sig, enc)
    assert len(words.split()) == 4
    assert set(words.split()) <= set(dutch_words())
    others = {(TEAM, KARIM, sig, enc), (TEAM, sub, enc, sig), (TEAM, sub, sig, sig), (TEAM + "x", sub, sig, enc)}
    assert words not in {member_words(*one) for one in others}
    for wrong in ((SCHOOL, sub, sig, enc), (TEAM, "x", sig, enc), (TEAM, sub, "x", enc), (TEAM, sub, sig, None)):
        refused(member_words, *wrong)


def test_frozen_lists_and_copies() -> None:
    """What another language must accept and refuse."""
    lists = frozen("team_lists")
    assert [one.sid for one in check_team_lists(lists["lists"], lists["first_key"], lists["iss"])] == lists["sids"]
    for one in lists["refused"]:
        refused(check_team_lists, one["lists"], lists["first_key"], lists["iss"])
    for one in lists["words"]:
        assert member_words(one["iss"], one["sub"], one["sig"], one["enc"]) == one["words"]
    copies = frozen("team_key")
    for one in copies["sealed"]:
        assert list(open_team_key(one["token"], copies["enc"], **one["place"])) == one["gives"]
    for one in copies["refused"]:
        refused(open_team_key, one["token"], copies["enc"], **one["place"])
    assert len(copies["refused"]) > 12
