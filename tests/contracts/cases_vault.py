# SPDX-License-Identifier: EUPL-1.2
"""A well-formed call for each operation of the vault."""

import time
from hashlib import sha256
from typing import Any

from formats.authorship import sign_record
from formats.dpop import ProofSeen, make_proof
from formats.jose import public
from formats.request import sign_import
from formats.sealing import open_deposit, seal_deposit, seal_envelope, seal_record, seal_single
from formats.spelling import H, b64u, new_id
from formats.statement import verify_statement
from kluisje.attachments import Outbox
from kluisje.chain import first_card
from kluisje.keyring import PersonKeys
from kluisje.person import Person
from tests.contracts.calling import ID4, OCTETS, Call, Identity
from tests.contracts.cases import Case, Cases
from tests.contracts.world import World

SCHEMA = "urn:kluisje:schema:attendance:1"


def vault_cases(world: World) -> Cases:
    """All of them, in an order in which each finds what it needs."""
    yield from _chain(world)
    yield from _keys(world)
    yield from _records(world)
    yield from _attachments(world)
    yield from _deposits(world)
    yield from _grants(world)
    yield from _leaving(world)
    yield from _permits(world)


def _mine(world: World, name: str, method: str, path: str, body: Any = None, **more: Any) -> Case:
    """A call about Noor's own vault, and the same about a vault that nobody has."""
    call = Call("vault", method, f"/vaults/{world.noor.vlt}{path}", body, **more)
    return Case(f"vault.{name}", call, lambda: world.person(world.noor, "vault"), call.but(path=f"/vaults/{ID4}{path}"))


def newcomer(world: World) -> tuple[Person, PersonKeys, str, str]:
    """Somebody who signed in and has a first card, entered nowhere yet: device, keys, card, `vault-person`."""
    person = world.new_device("Bram")
    vlt = world.run(person.signs_in())
    keys = PersonKeys.new(vlt)
    slots = [keys.new_code_slot()[1].id for _ in range(2)]
    card = first_card(keys, slots, int(time.time()))
    return person, keys, card, world.run(person.device.attest(str(keys.keyring.sig["kid"])))


def entered(world: World) -> tuple[Person, PersonKeys, str, str]:
    """A newcomer whose card consent has entered: device, keys, card, receipt."""
    person, keys, card, word = newcomer(world)
    opened = Call("consent", "POST", "/vaults", {"card": card, "person": word})
    receipt = world.must(world.person(person, "consent"), opened).json()["receipts"][0]
    return person, keys, card, str(receipt)


def _chain(world: World) -> Cases:
    person, _, card, receipt = entered(world)
    opening = Call("vault", "POST", "/vaults", {"card": card, "receipt": receipt})
    yield Case("vault.openVault", opening, lambda: world.person(person, "vault"))
    for name, path in (("getVault", ""), ("listDrawers", "/drawers")):
        yield _mine(world, name, "GET", path)
    for name, path in (("listEpochs", "/epochs"), ("listHeads", "/heads")):
        yield _mine(world, name, "GET", f"/drawers/{world.drawer}{path}")
    chain, drawers = world.noor._open.chain, world.noor._open.drawers
    world.run(chain.load())
    history = world.run(drawers.history(world.drawer, fresh=True))
    [head] = world.run(chain.write(lambda draft: draft.head(world.drawer, history.n, history.h)))
    yield _mine(
        world, "takeStatement", "POST", "/statements", {"statement": head.token, "receipt": chain.receipts[head.sid]}
    )


def _keys(world: World) -> Cases:
    keys = world.noor._open.keys
    yield _mine(world, "getKeyring", "GET", "/keyring")
    keyring, _ = keys.with_new_drawer("free-time")
    yield _mine(world, "putKeyring", "PUT", "/keyring", {"jwe": keys.sealed(keyring)})
    keys.take(keyring)
    world.noor.remembered.ring = keyring.seq
    yield _mine(world, "getOlderKeyring", "GET", f"/keyrings/{keyring.seq - 1}")
    yield _mine(world, "listSlots", "GET", "/slots")
    _, slot = keys.new_code_slot()
    given = {"type": "code", "kdf": None, "jwe": slot.jwe}
    yield _mine(world, "putSlot", "PUT", f"/slots/{slot.id}", given)
    yield _mine(world, "getSlot", "GET", f"/slots/{slot.id}")
    yield _mine(world, "stopDevice", "DELETE", f"/devices/{H(new_id())}")
    yield _mine(world, "removeSlot", "DELETE", f"/slots/{slot.id}")


def new_record(world: World) -> tuple[str, str]:
    """(rid, jwe) of a record of Noor's, sealed for her school drawer and not kept yet."""
    keys, rid = world.noor._open.keys, new_id()
    jws = sign_record(
        keys.keyring.sig, iss=f"vault:{world.noor.vlt}", vlt=world.noor.vlt, drw=world.drawer, rid=rid, ver=1,
        sch=SCHEMA, prv=None, iat=int(time.time()), body={"absence_days": 1}, att=(),
    )  # fmt: skip
    return rid, seal_record(jws, keys.keyring.newest(world.drawer))


def _records(world: World) -> Cases:
    records = f"/drawers/{world.drawer}/records"
    rid, jwe = new_record(world)
    yield _mine(world, "putRecordVersion", "PUT", f"{records}/{rid}/versions/1", {"jwe": jwe})
    yield _mine(world, "listRecords", "GET", records)
    yield _mine(world, "getRecord", "GET", f"{records}/{rid}")
    yield _mine(world, "getRecordVersion", "GET", f"{records}/{rid}/versions/1")
    newest = world.noor._open.keys.keyring.newest(world.drawer)
    again = seal_record(world.school.token, newest)
    yield _mine(world, "sealRecordAgain", "POST", f"{records}/{world.school.rid}/re-sealings", {"jwe": again})
    yield _mine(world, "deleteRecord", "DELETE", f"{records}/{rid}")


def _attachments(world: World) -> Cases:
    rid, _ = new_record(world)
    with Outbox() as outbox:
        [sealed] = world.run(outbox.seal([world.paper], vlt=world.noor.vlt, drw=world.drawer, rid=rid))
        blob = sealed.path.read_bytes()
    place = f"/drawers/{world.drawer}/records/{rid}/attachments/{sealed.entry.id}"
    assert b64u(sha256(blob).digest()) == sealed.entry.h
    yield _mine(world, "announceAttachment", "PUT", place, {"length": len(blob), "hash": sealed.entry.h})
    yield _mine(world, "putPiece", "PUT", f"{place}/pieces/0", blob, kind=OCTETS)
    yield _mine(world, "listPieces", "GET", f"{place}/pieces")
    yield _mine(world, "completeAttachment", "POST", f"{place}/completions")
    kept = f"/drawers/{world.drawer}/records/{world.brief.rid}/attachments/{world.brief.att[0].id}"
    yield _mine(world, "getAttachment", "GET", kept)
    yield _mine(world, "deleteAttachment", "DELETE", place)


def _deposits(world: World) -> Cases:
    rid, other = world.deposit(), world.deposit()
    yield _mine(world, "listDeposits", "GET", "/deposits")
    yield _mine(world, "getDeposit", "GET", f"/deposits/{rid}")
    got = world.must(
        world.person(world.noor, "vault"), Call("vault", "GET", f"/vaults/{world.noor.vlt}/deposits/{rid}")
    ).json()
    epoch = world.noor._open.keys.keyring.epoch(world.drawer, got["epoch"])
    where = {"vlt": world.noor.vlt, "drw": world.drawer, "rid": rid}
    record = world.run(world.noor.directory.opened(lambda author: open_deposit(got["jwe"], epoch, author, **where)))
    filed = {"jwe": seal_record(record.token, epoch)}
    yield _mine(world, "fileDeposit", "POST", f"/deposits/{rid}/filings", filed)
    yield _mine(world, "deleteDeposit", "DELETE", f"/deposits/{other}")


def _grants(world: World) -> Cases:
    gnt, enc = new_id(), public(world.fatima.team.enc)
    newest = world.noor._open.keys.keyring.newest(world.drawer)
    envelope = seal_envelope(newest, enc, vlt=world.noor.vlt, gnt=gnt)
    single = seal_single(world.school.token, enc, gnt=gnt)
    place = f"/grants/{gnt}"
    yield _mine(world, "putEnvelope", "PUT", f"{place}/envelopes/{world.drawer}/{newest.ep}", {"jwe": envelope})
    yield _mine(world, "putSingle", "PUT", f"{place}/singles/{world.school.rid}", {"jwe": single})
    yield _mine(world, "getGrant", "GET", place)
    yield _mine(world, "deleteGrant", "DELETE", place)


def _leaving(world: World) -> Cases:
    yield _mine(world, "getUsage", "GET", "/usage")
    yield _mine(world, "getInventory", "GET", "/inventory")
    yield _mine(world, "makeChallenge", "POST", "/challenges")
    leaver = world.run(world.players.citizen("Sam"))

    def own() -> Identity:
        return world.person(leaver, "vault")

    asking = Call("vault", "POST", f"/vaults/{leaver.vlt}/erasures", {})
    elsewhere = asking.but(path=f"/vaults/{ID4}/erasures")
    answer = yield Case("vault.askErasure", asking, own, elsewhere)
    erasure = f"{asking.path}/{answer.json()['id']}"
    back = Call("vault", "DELETE", erasure)
    yield Case("vault.takeErasureBack", back, own, back.but(path=f"/vaults/{ID4}/erasures/{ID4}"))
    yield from _moving_in(world)


def _moving_in(world: World) -> Cases:
    person, keys, card, _ = entered(world)
    place = f"/vaults/{person.vlt}"

    def own() -> Identity:
        return world.person(person, "vault")

    challenge = world.must(own(), Call("vault", "POST", f"{place}/challenges")).json()["challenge"]
    url = f"{world.origin}/vault/v1{place}/imports"
    proof = make_proof(keys.keyring.sig, "POST", url, challenge, now=int(time.time()))
    begin = Call("vault", "POST", f"{place}/imports", {"chain": [card], "challenge": challenge, "proof": proof})
    answer = yield Case("vault.beginImport", begin, own, begin.but(path=f"/vaults/{ID4}/imports"))
    end = Call("vault", "POST", f"{place}/imports/{answer.json()['id']}/completions", {"drawers": []})
    yield Case("vault.completeImport", end, own, end.but(path=f"/vaults/{ID4}/imports/{ID4}/completions"))


def look(world: World, stage: str, **members: Any) -> dict[str, Any]:
    """A look as the gateway asks it: the members of `POST /consent/v1/looks`."""
    reads = stage != "deposit"
    team = world.fatima if reads else world.post
    grant = world.reading if reads else world.bringing
    return {
        "stage": stage, "question": ProofSeen("", new_id(), 0).question, "grant": grant.jti, "team": team.team.party,
        "client": team.team.client, "caseworker": world.fatimas_name() if reads else team.team.client,
        "action": "read" if reads else "deposit", "purpose": None, "drawer": world.drawer, "records": None,
        "epoch": None, "reason": None, "head": None, **members,
    }  # fmt: skip


def permit(world: World, stage: str, **members: Any) -> dict[str, Any]:
    """A fresh permit, as consent gives it to the gateway; good for ten seconds."""
    asked = Call("consent", "POST", "/looks", look(world, stage, **members))
    given = world.must(world.service("consent"), asked).json()
    return {name: given[name] for name in ("event", "nonce", "proof")}


def _shown(world: World, name: str, path: str, body: Any, method: str = "POST", **more: Any) -> Case:
    return Case(f"vault.{name}", Call("vault", method, path, body, **more), lambda: world.service("vault"))


def _permits(world: World) -> Cases:
    opened = {"permit": permit(world, "read"), "pageCursor": None}
    yield _shown(world, "handOutRecords", "/record-hand-outs", opened)
    another = {"permit": permit(world, "read", grant=world.read_grant().jti), "pageCursor": None}
    together = [{"path": "/vault/v1/record-hand-outs", "members": another}]
    yield _shown(world, "takeCalls", "/calls", {"calls": together})
    one = {"permit": permit(world, "attachment", records=[world.brief.rid])}
    yield _shown(
        world, "handOutAttachment", "/attachment-hand-outs", one | {"attachment": world.brief.att[0].id, "from": 0}
    )
    rid, jwe, epoch, sealed, blob = new_deposit(world)
    bringing = {"permit": permit(world, "deposit", records=[rid], epoch=epoch), "jwe": jwe, "attachments": [sealed]}
    answer = yield _shown(world, "takeDeposit", "/deposits", bringing)
    upload = f"/uploads/{answer.json()['uploads'][0]['id']}"
    yield _shown(world, "putUploadPiece", f"{upload}/pieces/0", blob, "PUT", kind=OCTETS)
    yield _shown(world, "completeUpload", f"{upload}/completions", None)
    team = world.fatima.team
    word = sign_import(
        team.sig, iss=team.party, vlt=world.noor.vlt, gnt=world.reading.jti, env=[H(new_id())], iat=int(time.time())
    )
    stated = Call("consent", "GET", f"/organisations/{team.party}")
    organisation = world.must(Identity(), stated).json()["statement"]
    yield _shown(world, "confirmImport", "/import-confirmations", {"confirmation": word, "organisation": organisation})


def new_deposit(world: World) -> tuple[str, str, int, dict[str, Any], bytes]:
    """(rid, jwe, epoch, announced attachment, its octets) of something the post could bring to Noor now."""
    told = world.must(
        world.team(world.post, "deposit", grant_id=world.bringing.jti),
        Call("gateway", "GET", f"/grants/{world.bringing.jti}/drawers/{world.drawer}/epoch"),
    ).json()
    epoch = verify_statement(told["epoch"], dict(world.noor._open.chain.card.claims["sig"]))
    rid, team = new_id(), world.post.team
    with Outbox() as outbox:
        [sealed] = world.run(outbox.seal([world.paper], vlt=world.noor.vlt, drw=world.drawer, rid=rid))
        blob = sealed.path.read_bytes()
    jws = sign_record(
        team.sig, iss=team.party, vlt=world.noor.vlt, drw=world.drawer, rid=rid, ver=1,
        sch="urn:kluisje:schema:letter:1", prv=None, iat=int(time.time()), body={"title": "Brief"}, att=[sealed.entry],
    )  # fmt: skip
    return rid, seal_deposit(jws, dict(epoch.claims["box"])), int(epoch.claims["ep"]), sealed.announced(), blob
