# SPDX-License-Identifier: EUPL-1.2
"""P09: a sealed thing lies where its header says. Each header field × each write: changed, missing, someone else's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from formats.jose import new_sealing_key, public
from formats.keyring import Keyring, KeyringDrawer
from formats.sealing import seal_envelope, seal_keyring, seal_slot
from formats.slots import new_code
from formats.spelling import b64u, dump_json, new_id, parse_json, unb64u
from tests.vault.device import Device
from tests.vault.house import Answer, House

RK = bytes(range(32))
SEALED_TABLES = ("records", "deposits", "envelopes", "singles", "keyrings", "slots")


@dataclass
class Scene:
    """Noor with a drawer, a record and a deposit; ids of a grant and a slot; another drawer; somebody else."""

    house: House
    noor: Device
    other: str
    drw: str
    work: str
    rid: str
    waiting: str
    gnt: str
    slot: str


@dataclass(frozen=True)
class Write:
    """A write of a sealed thing: how it is made right, how it is sent, and the header members that say its place."""

    seal: Callable[[Scene], str]
    send: Callable[[Scene, str], Any]
    fields: tuple[str, ...]


def _ring(scene: Scene) -> str:
    drawers = (KeyringDrawer(scene.drw, "school", tuple(scene.noor.drawers[scene.drw])),)
    return seal_keyring(Keyring(scene.noor.vlt, 1, scene.noor.sig, scene.noor.enc, drawers), RK)


def _put(path: Callable[[Scene], str], **more: Any) -> Callable[[Scene, str], Any]:
    return lambda scene, jwe: scene.noor.call("PUT", path(scene), {**more, "jwe": jwe})


WRITES = {
    "version": Write(
        lambda s: s.noor.seals(s.drw, s.rid, 2),
        _put(lambda s: f"/drawers/{s.drw}/records/{s.rid}/versions/2"),
        ("vlt", "drw", "rid", "ver", "kid"),
    ),
    "re-sealing": Write(
        lambda s: s.noor.seals(s.drw, s.rid, text="again"),
        lambda s, jwe: s.noor.call("POST", f"/drawers/{s.drw}/records/{s.rid}/re-sealings", {"jwe": jwe}),
        ("vlt", "drw", "rid", "ver", "kid"),
    ),
    "filing": Write(
        lambda s: s.noor.seals(s.drw, s.waiting),
        lambda s, jwe: s.noor.call("POST", f"/deposits/{s.waiting}/filings", {"jwe": jwe}),
        ("vlt", "drw", "rid", "ver", "kid"),
    ),
    "deposit": Write(
        lambda s: s.noor.sealed_deposit(s.drw, s.slot),
        lambda s, jwe: _deposit(s, jwe),
        ("vlt", "drw", "rid"),
    ),
    "envelope": Write(
        lambda s: seal_envelope(s.noor.drawers[s.drw][0], public(new_sealing_key()), vlt=s.noor.vlt, gnt=s.gnt),
        _put(lambda s: f"/grants/{s.gnt}/envelopes/{s.drw}/1"),
        ("vlt", "drw", "ep", "gnt"),
    ),
    "single": Write(
        lambda s: s.noor.single(s.drw, s.rid, s.gnt, public(new_sealing_key())),
        _put(lambda s: f"/grants/{s.gnt}/singles/{s.rid}"),
        ("vlt", "drw", "rid", "ver", "gnt"),
    ),
    "keyring": Write(_ring, _put(lambda s: "/keyring"), ("vlt",)),
    "slot": Write(
        lambda s: seal_slot(RK, new_code(), vlt=s.noor.vlt, slot=s.slot, kind="code"),
        _put(lambda s: f"/slots/{s.slot}", type="code", kdf=None),
        ("vlt", "slot", "kid"),
    ),
}  # fmt: skip


async def _deposit(scene: Scene, jwe: str) -> Answer:
    return (await scene.noor.gets_deposit(scene.drw, scene.slot, jwe=jwe))[1]


@pytest.fixture
async def scene(house: House, noor: Device, school: str) -> Scene:
    other = Device(house)
    await other.opens()
    work = await noor.adds_drawer()
    rid = await noor.keeps(school)
    waiting, _ = await noor.gets_deposit(school)
    return Scene(house, noor, other.vlt, school, work, rid, waiting, new_id(), new_id())


def edited(jwe: str, change: Callable[[dict[str, Any]], None]) -> str:
    """The same text with another header: what the AAD would refuse on opening, and the vault must refuse at once."""
    head, _, rest = jwe.partition(".")
    header = parse_json(unb64u(head))
    change(header)
    return b64u(dump_json(header)) + "." + rest


def _moved(scene: Scene, field: str) -> list[Any]:
    """Other values that are well spelled: another of hers, and somebody else's or nobody's."""
    return {
        "vlt": [scene.other, new_id()],
        "drw": [scene.work, new_id()],
        "rid": [scene.waiting, scene.rid, new_id()],
        "ver": [7, 3],
        "gnt": [new_id()],
        "ep": [2, 9],
        "slot": ["pass", "prf"],
        "kid": [f"{scene.work}.e1", f"{new_id()}.e1"],
    }[field]


@pytest.mark.promise("P09")
@pytest.mark.parametrize("name", WRITES)
async def test_each_field_of_each_write(scene: Scene, name: str) -> None:
    write = WRITES[name]
    good = write.seal(scene)
    header = parse_json(unb64u(good.partition(".")[0]))
    before = _stored(scene)
    for field in write.fields:
        values = [new_id()] if name == "slot" and field == "kid" else _moved(scene, field)
        for value in values:
            if value == header[field]:
                continue
            answer = await write.send(scene, edited(good, lambda h, f=field, v=value: h.update({f: v})))
            assert answer.slug == "place-mismatch", (field, value, answer.body)
            if field == "drw" and str(header["kid"]).startswith(header["drw"]):
                both = {"drw": value, "kid": f"{value}.e1"}
                answer = await write.send(scene, edited(good, lambda h, both=both: h.update(both)))
                assert answer.slug == "place-mismatch", (field, value, answer.body)
        missing = await write.send(scene, edited(good, lambda h, f=field: h.pop(f)))
        assert missing.slug == "bad-spelling", field
        assert _stored(scene) == before, field
    assert (await write.send(scene, good)).status in (200, 201, 204)
    assert _stored(scene) != before


def _stored(scene: Scene) -> Any:
    """Every sealed thing that lies there, and every head."""
    tables = " UNION ALL ".join(
        f"SELECT '{table}', count(*), coalesce(sum(length(jwe)), 0) FROM {table}" for table in SEALED_TABLES
    )
    texts = " UNION ALL ".join(f"SELECT jwe FROM {table}" for table in SEALED_TABLES)
    heads = scene.house.rows("SELECT n, h FROM drawers ORDER BY drw")
    return scene.house.rows(tables), sorted(scene.house.rows(texts)), heads


@pytest.mark.promise("P09")
async def test_the_epoch_in_kid(scene: Scene) -> None:
    """`kid` of another epoch: closed for new versions, and for a filing not the place of the deposit."""
    await scene.noor.rotates(scene.drw)
    old = scene.noor.seals(scene.drw, scene.rid, 2, ep=1)
    sent = await WRITES["version"].send(scene, old)
    assert sent.slug == "epoch-closed"
    newer = scene.noor.seals(scene.drw, scene.waiting)
    assert (await WRITES["filing"].send(scene, newer)).slug == "place-mismatch"
    future = edited(scene.noor.seals(scene.drw, scene.rid, 2), lambda h: h.update({"kid": f"{scene.drw}.e3"}))
    assert (await WRITES["version"].send(scene, future)).slug == "epoch-closed"


SPOILED: list[Callable[[str], str]] = [
    lambda t: t + "=", lambda t: " " + t, lambda t: t + "\n", lambda t: t.replace(".", "..", 1), lambda t: t[:-1] + "*",
    lambda t: ".".join(t.split(".")[:4]), lambda t: t.partition(".")[2],
    lambda t: edited(t, lambda h: h.update(alg="dir")), lambda t: edited(t, lambda h: h.update(enc="A128GCM")),
    lambda t: edited(t, lambda h: h.update(zip="DEF")), lambda t: edited(t, lambda h: h.update(crit=["b64"])),
    lambda t: edited(t, lambda h: h.update(typ="vault-one+jwe")), lambda t: edited(t, lambda h: h.update(p2c=2**40)),
    lambda t: edited(t, lambda h: h.update(jku="https://elsewhere.test")),
    lambda t: edited(t, lambda h: h.update(ver="2")),
    lambda t: edited(t, lambda h: h.update(ver=True)), lambda t: edited(t, lambda h: h.update(rid=h["rid"].upper())),
]  # fmt: skip


@pytest.mark.promise("P19")
async def test_what_is_not_spelled_as_the_format_asks(scene: Scene) -> None:
    for number, spoil in enumerate(SPOILED):
        answer = await WRITES["version"].send(scene, spoil(WRITES["version"].seal(scene)))
        assert answer.slug == "bad-spelling", number
    assert scene.house.rows("SELECT max(ver) FROM records") == [(1,)]


async def test_a_text_that_nobody_can_open_is_taken_at_its_place(scene: Scene) -> None:
    """The vault never opens: a text nobody can open is taken if its place is right. Readers refuse it."""
    head, key, iv, _, tag = scene.noor.seals(scene.drw, scene.rid, 2).split(".")
    sent = await WRITES["version"].send(scene, ".".join((head, key, iv, b64u(b"noise"), tag)))
    assert sent.status == 201
