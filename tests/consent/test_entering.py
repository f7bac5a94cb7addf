# SPDX-License-Identifier: EUPL-1.2
"""Statements enter a chain that never forks (P08)."""

import asyncio
from collections.abc import Callable

import pytest

from formats.jose import new_signing_key, public
from formats.person import sign_person
from formats.receipt import verify_receipt
from formats.spelling import H, b64u, new_id, sid, unb64u
from formats.statement import Link, sign_card, sign_epoch, sign_grant, sign_head
from tests.consent.town import DAY, Citizen, Town, claims_of, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def head(noor: Citizen, drw: str, **other: object) -> str:
    """A statement that needs nothing but its place."""
    link = other.pop("link", noor.link())
    key = other.pop("key", noor.sig)
    assert isinstance(link, Link)
    return sign_head(key, link, drw=drw, n=1, h=bytes(32))  # type: ignore[arg-type]


def twin(token: str) -> str:
    """The same statement with its other valid signature (r, n - s)."""
    signed, _, signature = token.rpartition(".")
    raw = unb64u(signature)
    s = N - int.from_bytes(raw[32:], "big")
    return f"{signed}.{b64u(raw[:32] + s.to_bytes(32, 'big'))}"


@pytest.mark.promise("P08")
async def test_a_hundred_races_for_one_number_have_one_winner_each(shared: Town) -> None:
    noor = await shared.person()
    school = await noor.keeps()
    for _ in range(100):
        rivals = [sign_head(noor.sig, noor.link(), drw=school, n=n, h=bytes(32)) for n in (1, 2, 3)]
        replies = await asyncio.gather(
            *(noor.calls("POST", "/statements", {"statements": [token]}) for token in rivals)
        )
        assert sorted(reply.status for reply in replies) == [201, 409, 409]
        assert {slug(reply) for reply in replies if reply.status == 409} == {"chain-moved"}
        noor.chain += [token for token, reply in zip(rivals, replies, strict=True) if reply.status == 201]
    assert (await noor.sees(""))["seq"] == 101
    kept = await shared.rows("SELECT token FROM statements WHERE vlt = ? ORDER BY seq", vlt=noor.vlt)
    assert [one[0] for one in kept] == noor.chain


WRONG: dict[str, tuple[Callable[[Citizen, str], str], str]] = {
    "gap": (
        lambda n, d: head(n, d, link=Link(n.vlt, len(n.chain) + 1, sid(n.chain[-1]), n.town.clock.at, 1)),
        "chain-moved",
    ),
    "other predecessor": (
        lambda n, d: head(n, d, link=Link(n.vlt, len(n.chain), H("other"), n.town.clock.at, 1)),
        "chain-moved",
    ),
    "earlier than the last": (
        lambda n, d: head(n, d, link=Link(n.vlt, len(n.chain), sid(n.chain[-1]), n.town.clock.at - DAY, 1)),
        "chain-moved",
    ),
    "keyring falls": (
        lambda n, d: head(n, d, link=Link(n.vlt, len(n.chain), sid(n.chain[-1]), n.town.clock.at, 0)),
        "chain-moved",
    ),
    "twin signature": (lambda n, d: twin(n.chain[-1]), "chain-moved"),
    "twin of an older one": (lambda n, d: twin(n.chain[0]), "chain-moved"),
    "other key": (lambda n, d: head(n, d, key=new_signing_key()), "bad-signature"),
    "other vault": (
        lambda n, d: head(n, d, link=Link(new_id(), len(n.chain), sid(n.chain[-1]), n.town.clock.at, 1)),
        "chain-moved",
    ),
    "from the future": (
        lambda n, d: head(n, d, link=Link(n.vlt, len(n.chain), sid(n.chain[-1]), n.town.clock.at + 601, 1)),
        "invalid-input",
    ),
    "no token": (lambda n, d: "a.b.c", "bad-spelling"),
    "a stray bit": (lambda n, d: head(n, d)[:-1] + "_", "bad-spelling"),
    "a type of somebody else": (lambda n, d: n.word(), "bad-signature"),
    "an epoch that skips one": (lambda n, d: epoch(n, d, ep=3, rsn="rotate"), "chain-moved"),
    "a drawer that changes its category": (lambda n, d: epoch(n, d, ep=2, rsn="rotate", cat="money"), "chain-moved"),
    "the end of an unknown grant": (lambda n, d: n.revoke(grant_like(n, d)), "not-found"),
}


def epoch(noor: Citizen, drw: str, **other: object) -> str:
    given = {"drw": drw, "cat": "school", "ep": 2, "box": noor.enc, "dkc": H("dk"), "rsn": "rotate", "env": []} | other
    return sign_epoch(noor.sig, noor.link(), **given)  # type: ignore[arg-type]


def grant_like(noor: Citizen, drw: str) -> str:
    return sign_grant(
        noor.sig, noor.link(), jti=new_id(), aud=noor.town.teams["jeugdteam-0"].party, act="read", knd="until",
        nbf=1, exp=2, drw=[noor.whole(drw)], pur={"uri": "urn:x", "lang": "nl", "h": H("x")}, jkt=H("k"), org=H("o"),
        req=None,
    )  # fmt: skip


@pytest.mark.promise("P08")
@pytest.mark.parametrize("name", WRONG)
async def test_what_does_not_follow_is_refused_and_leaves_nothing(shared: Town, name: str) -> None:
    make, expected = WRONG[name]
    noor = await shared.person()
    school = await noor.keeps()
    good, before = head(noor, school), await shared.rows("SELECT count(*) FROM events")
    reply = await noor.calls("POST", "/statements", {"statements": [make(noor, school)]})
    assert slug(reply) == expected
    both = await noor.calls("POST", "/statements", {"statements": [good, make(noor, school)]})
    assert both.status >= 400  # all or nothing
    assert (await noor.sees(""))["seq"] == 1
    assert await shared.rows("SELECT count(*) FROM events") == before
    assert (await noor.enters(good)).status == 201


async def test_the_same_statements_again_get_the_same_receipts(shared: Town) -> None:
    noor = await shared.person()
    first = await noor.enters(noor.epoch(new_id()))
    again = await noor.enters(noor.chain[-1])
    assert again.json() == first.json()
    [receipt] = first.json()["receipts"]
    assert verify_receipt(receipt, public(shared.keys["receipt"])).sid == sid(noor.chain[-1])


async def test_a_new_card_counts_from_the_next_statement(shared: Town) -> None:
    noor = await shared.person()
    school = await noor.keeps()
    old, noor.sig = noor.sig, new_signing_key()
    fresh, noor.sig = noor.sig, old
    card = sign_card(old, noor.link(), sig=fresh, enc=noor.enc, passkeys=[], slots=[])
    assert (await noor.enters(card)).status == 201
    assert slug(await noor.enters(head(noor, school))) == "bad-signature"
    noor.sig = fresh
    assert (await noor.enters(head(noor, school))).status == 201


async def test_sixty_four_go_in_at_once_and_not_one_more(shared: Town) -> None:
    noor = await shared.person()
    school = await noor.keeps()
    many: list[str] = []
    for _ in range(65):
        link = Link(noor.vlt, len(noor.chain) + len(many), sid((noor.chain + many)[-1]), shared.clock.at, 1)
        many.append(head(noor, school, link=link))
    assert slug(await noor.enters(*many)) == "invalid-input"
    assert slug(await noor.calls("POST", "/statements", {"statements": []})) == "invalid-input"
    assert (await noor.enters(*many[:64])).json()["seq"] == 65


async def test_a_chain_begins_once_and_with_its_owners_own_card(shared: Town) -> None:
    noor, sam = await shared.person(opens=False), await shared.person()
    card = noor.first_card()
    cases = {
        "an issuer of another key": ({"card": card, "person": _forged(noor)}, "bad-signature"),
        "a word about another": ({"card": card, "person": noor.word(vlt=sam.vlt)}, "not-found"),
        "a word about another key": ({"card": card, "person": noor.word(jkt=sam.sig["kid"])}, "invalid-input"),
        "an old word": ({"card": card, "person": noor.word(iat=shared.clock.at - 3601)}, "invalid-input"),
        "another's card": ({"card": sam.chain[0], "person": noor.word()}, "not-found"),
    }
    for name, (body, expected) in cases.items():
        assert slug(await noor.top("POST", "/vaults", body)) == expected, name
    stranger = Citizen(shared, "123456782")
    never = await stranger.top("POST", "/vaults", {"card": stranger.first_card(), "person": stranger.word()})
    assert slug(never) == "not-allowed"  # nobody signed in for this vault
    good = {"card": card, "person": noor.word()}
    first = await noor.top("POST", "/vaults", good)
    assert (first.status, len(first.json()["receipts"])) == (201, 2)
    again = await noor.top("POST", "/vaults", good)
    assert (again.status, again.json()["receipts"]) == (200, first.json()["receipts"][:1])
    other = await noor.top("POST", "/vaults", {"card": noor.first_card(), "person": noor.word()})
    assert slug(other) == "chain-moved"
    assert (await noor.sees(""))["seq"] == 0


def _forged(noor: Citizen) -> str:
    given = claims_of(noor.word())
    return sign_person(
        new_signing_key(), iss=given["iss"], vlt=noor.vlt, jkt=given["cnf"]["jkt"], acr=given["acr"], iat=given["iat"]
    )
