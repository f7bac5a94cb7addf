# SPDX-License-Identifier: EUPL-1.2
"""What writes the transcript down: one list per kind of thing, each with what another language recomputes
from it.
"""

from collections.abc import Callable
from typing import Any

from formats.checkpoint import cosign_note, make_proof, sign_note
from formats.checkpoint import entry as entry_of
from formats.event import make_event, make_look
from formats.jose import peek, public, sign
from formats.spelling import H, b64u, dump_json, sid, unb64u
from formats.statement import next_head
from formats.tree import append, consistency_plan, inclusion_plan, leaf, proof, root
from tests.formats.refusals import signed as forged
from tests.formats.refusals import twin
from tests.vectors.cast import log_key, secret, witness_key


class Pen:
    """Lists that grow with the story."""

    def __init__(self) -> None:
        self.signed: list[dict[str, Any]] = []
        self.sealed: list[dict[str, Any]] = []
        self.heads: list[dict[str, Any]] = []
        self.twins: list[dict[str, Any]] = []

    def sign(self, name: str, token: str, key: dict[str, str], verify: Callable[[str, Any], Any] | None = None) -> str:
        """A signed token of the story, with three damaged twins and its valid one, (r, n-s)."""
        header, claims = peek(token)
        if verify:
            verify(token, public(key))
        self.signed.append(
            {
                "name": name,
                "typ": header["typ"],
                "key": key["kid"],
                "claims": claims,
                "payload_h": H(unb64u(token.split(".")[1])),
                "sid": sid(token),
                "token": token,
                "same": twin(token),
            }
        )
        start, _, signature = token.rpartition(".")
        bad = bytearray(unb64u(signature))
        bad[40] ^= 1
        more = {**claims, "extra": None} if "pad" not in claims else {"extra": None, **claims}
        for why, damaged in (
            ("signature", start + "." + b64u(bytes(bad))),
            ("member more", forged(header, more, key)),
            ("other typ", sign(claims, "vault-none+jwt", key)),
        ):
            self.twins.append({"of": name, "why": why, "token": damaged})
        return token

    def seal(self, name: str, token: str, place: dict[str, Any], key: str, inside: Any) -> str:
        """A sealed token of the story, with a damaged twin for each of its five parts."""
        parts = token.split(".")
        header = unb64u(parts[0]).decode("ascii")
        self.sealed.append(
            {
                "name": name,
                "header": header,
                "place": place,
                "key": key,
                "inside": inside,
                "h": H(token),
                "token": token,
            }
        )
        for at, why in enumerate(("header", "wrapped key", "iv", "text", "tag")):
            raw = bytearray(unb64u(parts[at]))
            raw[len(raw) // 2] ^= 1
            damaged = ".".join([*parts[:at], b64u(bytes(raw)), *parts[at + 1 :]])
            self.twins.append({"of": name, "why": why, "token": damaged})
        return token

    def head(self, drw: str, op: str, rid: str, ver: int, t: str) -> tuple[int, bytes]:
        """The next change of a drawer, and the head after it."""
        before = [one for one in self.heads if one["drw"] == drw]
        n = len(before) + 1
        h = next_head(unb64u(before[-1]["h"]) if before else bytes(32), n, op, rid, ver, t)
        self.heads.append({"drw": drw, "n": n, "op": op, "rid": rid, "ver": ver, "t": t, "h": b64u(h)})
        return n, h


class Log:
    """The log of the story: one event at a time, a witnessed checkpoint after each look."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.growth: list[dict[str, Any]] = []
        self.looks: list[dict[str, Any]] = []
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._last: dict[str | None, tuple[int, str]] = {}

    def _get(self, level: int, idx: int) -> bytes:
        return self._nodes[level, idx]

    def add(self, name: str, t: str, vlt: str | None, at: int, **further: Any) -> dict[str, Any]:
        """An event, and where it stands."""
        n, prev = self._last.get(vlt, (-1, None)) if vlt else (None, None)
        event = make_event(t, vlt=vlt, n=None if n is None else n + 1, prev=prev, at=at, **further)
        nonce, idx = secret(f"nonce {len(self.events)}"), len(self.events)
        value = entry_of(nonce, event)
        for level, place, node in append(idx, [leaf(value)], self._get):
            self._nodes[level, place] = node
        if vlt and n is not None:
            self._last[vlt] = (n + 1, b64u(value))
        self.events.append(
            {
                "name": name,
                "index": idx,
                "event": event.decode("utf-8"),
                "nonce": b64u(nonce),
                "entry": b64u(value),
                "leaf": b64u(leaf(value)),
                "root": b64u(root(idx + 1, self._get)),
            }
        )
        return self.events[-1]

    def note(self, witnesses: int, at: int) -> str:
        """A checkpoint of the log as it is now, cosigned by the first so many witnesses, and that it grew
        from the last.
        """
        size = len(self.events)
        top = root(size, self._get)
        note = sign_note(log_key(), size, top)
        for number in range(witnesses):
            note = cosign_note(note, witness_key(f"w{number + 1}"), at)
        if self.checkpoints and self.checkpoints[-1]["size"] < size:
            old = self.checkpoints[-1]["size"]
            hashes = [b64u(one) for one in proof(consistency_plan(old, size), self._get)]
            self.growth.append({"old": old, "new": size, "hashes": hashes})
        self.checkpoints.append({"size": size, "root": b64u(top), "witnesses": witnesses, "note": note})
        return note

    def look(self, name: str, logged: dict[str, Any], note: str, size: int) -> dict[str, str]:
        """Event, nonce and proof, as permit and answer carry them."""
        hashes = proof(inclusion_plan(logged["index"], size), self._get)
        text = make_proof(logged["index"], hashes, note)
        look = make_look(logged["event"].encode("utf-8"), unb64u(logged["nonce"]), text)
        self.looks.append({"name": name, "event": logged["name"], "look": look})
        return look


def as_text(value: Any) -> str:
    """JSON as we write it."""
    return dump_json(value).decode("utf-8")
