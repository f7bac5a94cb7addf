# SPDX-License-Identifier: EUPL-1.2
"""Whole chains: epochs count on, grants name what exists, revokes end what they say, keys change hands."""

from typing import Any

import pytest

from formats.chain import check_chain, epoch_follows, grant_fits, revoke_fits
from formats.grant import read_grant
from formats.jose import public
from formats.spelling import H
from formats.statement import Link, Statement, follows, sign_card, sign_grant, sign_revoke, verify_statement
from tests.formats.refusals import refused
from tests.vectors.cast import (
    DRW,
    DRW2,
    GNT,
    NOW,
    TEAM,
    after,
    card,
    checked,
    drawer,
    epoch,
    first_card,
    grant,
    ident,
    key,
    pub,
)


class Chain:
    """Noor's chain as her device writes it."""

    def __init__(self) -> None:
        self.said: list[Statement] = [first_card()]

    def link(self) -> Link:
        return after(self.said[-1], self.said[-1].claims["iat"] + 1)

    def add(self, token: str) -> Statement:
        new = checked(token)
        follows(self.said[-1], new)
        self.said.append(new)
        return new

    def tokens(self) -> list[str]:
        return [one.token for one in self.said]


def story() -> Chain:
    """Fill, grant, revoke, rotate."""
    chain = Chain()
    chain.add(epoch(chain.link()))
    chain.add(epoch(chain.link(), drw=DRW2, cat="home"))
    chain.add(grant(chain.link()))
    chain.add(sign_revoke(key("noor"), chain.link(), jti=GNT, aud=TEAM, drw=[DRW]))
    chain.add(epoch(chain.link(), ep=2, rsn="rotate"))
    chain.add(epoch(chain.link(), ep=2, rsn="renew", env=[H("remade")]))
    chain.add(grant(chain.link(), jti=ident("second"), drw=[drawer(ep=[1, 2], env=[H("a"), H("b")])]))
    return chain


def test_a_whole_story_is_read_back() -> None:
    chain = story()
    assert check_chain(chain.tokens()) == tuple(chain.said)
    assert check_chain([]) == ()


@pytest.mark.parametrize("at", range(8))
def test_leaving_one_out_or_twice_or_elsewhere_is_refused(at: int) -> None:
    tokens = story().tokens()
    assert len(tokens) == 8
    if at < 7:  # the last may be missing: only its receipt can tell
        refused(check_chain, tokens[:at] + tokens[at + 1 :])
    refused(check_chain, [*tokens[: at + 1], tokens[at], *tokens[at + 1 :]])
    swapped = tokens[:]
    swapped[at], swapped[at - 1] = swapped[at - 1], swapped[at]
    refused(check_chain, swapped)


LAST = checked(epoch(after(first_card()))).claims


@pytest.mark.parametrize(
    ("good", "other"),
    [
        (True, {"rsn": "renew"}),
        (True, {"rsn": "renew", "env": [H("remade")]}),
        (True, {"rsn": "rotate", "ep": 2}),
        (False, {"rsn": "new"}),
        (False, {"rsn": "renew", "ep": 2}),
        (False, {"rsn": "renew", "box": pub("box 2", "enc")}),
        (False, {"rsn": "renew", "dkc": H("commitment 2")}),
        (False, {"rsn": "renew", "cat": "home"}),
        (False, {"rsn": "renew", "drw": DRW2}),
        (False, {"rsn": "rotate", "ep": 3}),
        (False, {"rsn": "rotate", "ep": 2, "cat": "home"}),
        (False, {"rsn": "rotate", "ep": 2, "box": pub("box 1", "enc")}),
        (False, {"rsn": "rotate", "ep": 2, "dkc": H("commitment 1")}),
    ],
)
def test_the_next_epoch(good: bool, other: dict[str, Any]) -> None:
    new = checked(epoch(after(first_card()), **other))
    if good:
        epoch_follows(LAST, new)
    else:
        refused(epoch_follows, LAST, new)


def test_a_drawer_starts_at_epoch_1() -> None:
    epoch_follows(None, checked(epoch(after(first_card()))))
    refused(epoch_follows, None, checked(epoch(after(first_card()), rsn="renew")))
    refused(epoch_follows, None, checked(epoch(after(first_card()), ep=2, rsn="rotate")))
    refused(epoch_follows, None, checked(card()))
    elsewhere = checked(epoch(Link(ident("other"), 1, H("x"), NOW, 1), rsn="renew"))
    refused(epoch_follows, LAST, elsewhere)


@pytest.mark.parametrize(
    ("good", "given"),
    [
        (True, [drawer()]),
        (True, [drawer(ep=[2], env=[H("b")])]),
        (True, []),
        (False, [drawer(ep=[3], env=[H("c")])]),
        (False, [drawer(cat="home")]),
        (False, [drawer(id=ident("unknown"))]),
        (False, [drawer(), drawer(id=ident("unknown"))]),
        (True, [drawer(ep=[], env=[], one=[{"rid": ident("r"), "ver": 1, "h": H("s")}])]),
    ],
)
def test_a_grant_names_what_the_chain_has(good: bool, given: list[dict[str, Any]]) -> None:
    value = read_grant(grant(after(first_card()), drw=given))
    if good:
        grant_fits(value, {DRW: ("school", 2), DRW2: ("home", 1)})
    else:
        refused(grant_fits, value, {DRW: ("school", 2), DRW2: ("home", 1)})


@pytest.mark.parametrize(
    "other",
    [
        {"jti": ident("other")},
        {"aud": f"vault:{ident('uncle')}"},
        {"drw": []},
        {"drw": [DRW]},
        {"drw": [DRW, DRW2, GNT]},
    ],
)
def test_a_revoke_names_exactly_the_drawers_of_its_grant(other: dict[str, Any]) -> None:
    link = after(first_card())
    value = read_grant(grant(link, drw=[drawer(), drawer(id=DRW2, cat="home")]))
    good: dict[str, Any] = {"jti": GNT, "aud": TEAM, "drw": [DRW2, DRW]}
    revoke_fits(value, checked(sign_revoke(key("noor"), link, **good)))
    refused(revoke_fits, value, checked(sign_revoke(key("noor"), link, **(good | other))))
    elsewhere = Link(ident("other"), 1, H("x"), NOW, 1)
    refused(revoke_fits, value, checked(sign_revoke(key("noor"), elsewhere, **good)))
    refused(revoke_fits, value, checked(grant(link)))


def test_a_chain_refuses_a_second_grant_of_one_id_and_a_revoke_of_none() -> None:
    chain = story()
    chain.add(grant(chain.link()))
    refused(check_chain, chain.tokens())
    chain = story()
    chain.add(sign_revoke(key("noor"), chain.link(), jti=ident("never"), aud=TEAM, drw=[DRW]))
    refused(check_chain, chain.tokens())


def test_a_new_card_hands_over_the_key_from_the_next_statement_on() -> None:
    chain = story()
    new = {"sig": key("noor 2"), "enc": key("noor 2", "enc"), "passkeys": [], "slots": []}
    chain.add(card(chain.link(), **new))
    link = chain.link()
    further = {
        "jti": ident("third"),
        "aud": TEAM,
        "act": "deposit",
        "knd": "until",
        "nbf": NOW,
        "exp": NOW + 1,
    }
    rest: dict[str, Any] = {
        "pur": {"uri": "u", "lang": "nl", "h": H("t")},
        "jkt": H("k"),
        "org": H("o"),
        "req": None,
    }
    drw = [drawer(ep=[], env=[])]
    by_old = sign_grant(key("noor"), link, drw=drw, **further, **rest)
    by_new = sign_grant(key("noor 2"), link, drw=drw, **further, **rest)
    refused(check_chain, [*chain.tokens(), by_old])
    assert check_chain([*chain.tokens(), by_new])[-1] == verify_statement(by_new, public(key("noor 2")))
    # A card signed by the key it brings, instead of the one before, is nobody's.
    own = sign_card(key("noor 2"), chain.link(), **new)
    refused(check_chain, [*chain.tokens()[:-1], own])
