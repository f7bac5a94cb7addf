# SPDX-License-Identifier: EUPL-1.2
"""Stopping a grant in one tap, and what a visit tidies up afterwards.

    1  the signed revoke goes to consent; from its receipt on every decision is no
    2  the next epoch, with envelopes for those who stay
    3  the vault deletes what was sealed for who leaves, and takes nothing into the old epoch any more

A stop needs only the sign-in: while the vault is locked step 1 goes unsigned, and the next visit does the
rest. A visit does the same for grants that ended by themselves. Source: consent.md section 6, formats.md
section 4.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from formats.grant import Grant
from formats.keyring import EpochKeys, Keyring
from formats.sealing import seal_envelope
from formats.spelling import DAY, FormatError, H
from kluisje.chain import Chain, Draft
from kluisje.device import Device
from kluisje.directory import Directory
from kluisje.drawers import Drawers
from kluisje.http import Refused, Unavailable
from kluisje.keyring import PersonKeys
from kluisje.proofs import NotProven

RENEW = 60 * DAY  # an epoch statement lives 120 days; it is renewed when half of that is over
EMPTIED = DAY  # a closed epoch takes no deposit, but one on its way may still become whole: its BOX waits that long


@dataclass(frozen=True, slots=True)
class Stopped:
    """receipt: consent's acknowledgement (`receipt+jwt`); no read that starts after it succeeds. rotated:
    whether the next epochs are open too; if not, the next visit opens them."""

    receipt: str
    rotated: bool


class Stopping:
    """Stops, and the tidying of a visit, for one opened vault."""

    def __init__(self, device: Device, keys: PersonKeys, chain: Chain, drawers: Drawers, directory: Directory) -> None:
        self._device, self._keys, self._chain = device, keys, chain
        self._drawers, self._directory = drawers, directory

    async def stop(self, grant: Grant) -> Stopped:
        """Ends a grant. Raises only when step 1 fails: what comes after never keeps a stop from counting."""

        async def tell(tokens: list[str]) -> list[str]:
            answer = await self._device.consent("POST", f"/grants/{grant.jti}/stops", json={"statement": tokens[0]})
            return [str(one) for one in answer.json()["receipts"]]

        entered = await self._chain.write(lambda draft: draft.revoke(grant), tell)
        receipt = self._chain.receipts[entered[0].sid]
        try:
            await self._device.vault("DELETE", f"/grants/{grant.jti}")
            for drw in _opened_by(grant):
                if grant.jti in {one.jti for one in self.holders(drw)}:
                    await self.rotate(drw, {grant.jti})
        except (Unavailable, Refused, NotProven):
            return Stopped(receipt, False)
        return Stopped(receipt, True)

    def holders(self, drw: str) -> list[Grant]:
        """Grants whose readers hold the keys of the drawer's newest epoch, whether they are still running or
        not."""
        rotation = self._chain.rotation(drw)
        newest, since = int(rotation.claims["ep"]), int(rotation.claims["iat"])
        revoked = self._chain.revoked()
        found = []
        for grant in self._chain.grants():
            drawer = grant.drawer(drw)
            if drawer is None or not drawer.epochs:
                continue
            gone = grant.jti in revoked and revoked[grant.jti].seq < rotation.seq
            stayed = grant.seq < rotation.seq and not gone and since < grant.exp
            if newest in drawer.epochs or stayed:
                found.append(grant)
        return found

    async def rotate(self, drw: str, ended: Collection[str]) -> EpochKeys:
        """Opens the drawer's next epoch for all holders but the `ended` grants."""
        cat = self._drawers.category(drw)
        fresh = await self._next_epoch(drw)
        envelopes = await self._envelopes(drw, fresh, ended)
        hashes = [H(jwe) for jwe in envelopes.values()]
        entered = await self._chain.write(lambda draft: draft.epoch(fresh, cat=cat, rsn="rotate", env=hashes))
        await self._chain.tell_vault(entered)
        for gnt, jwe in envelopes.items():
            await self._device.vault("PUT", f"/grants/{gnt}/envelopes/{drw}/{fresh.ep}", json={"jwe": jwe})
        return fresh

    async def _next_epoch(self, drw: str) -> EpochKeys:
        def make() -> tuple[Keyring, EpochKeys] | None:
            # Stored earlier, its statement not entered yet: then it is used, whoever stored it.
            stored = self._keys.keyring.newest(drw).ep > self._chain.epoch(drw).claims["ep"]
            return None if stored else self._keys.with_next_epoch(drw)

        return await self._drawers.store(make) or self._keys.keyring.newest(drw)

    async def _envelopes(self, drw: str, fresh: EpochKeys, ended: Collection[str]) -> dict[str, str]:
        """Grant -> envelope, for those who stay. A reader whose key cannot be proven now gets none: it goes
        on reading what it could, and the person can make the envelope later."""
        found = {}
        over = {*ended, *self._chain.revoked()}
        for grant in self.holders(drw):
            if grant.jti in over or grant.exp <= self._device.http.clock():
                continue
            try:
                team = await self._directory.team(grant.aud)
            except (Refused, NotProven):
                continue
            found[grant.jti] = seal_envelope(fresh, team.enc, vlt=self._device.vlt, gnt=grant.jti)
        return found

    # -- a visit ---------------------------------------------------------------------------------------------

    async def tidy(self) -> None:
        """What a visit does: tells the vault what it missed, closes epochs that ended grants still hold,
        renews epoch statements, destroys the BOX of epochs that are closed and emptied."""
        await self._catch_up()
        ended = {one["id"] async for one in self._device.items("consent", "/grants") if one["state"] == "ended"}
        await self._revoke(ended)
        ended |= self._chain.revoked().keys()
        now = self._device.http.clock()
        for drawer in self._keys.keyring.drawers:
            holders = self.holders(drawer.id)
            gone = {one.jti for one in holders if one.jti in ended or one.exp <= now}
            for gnt in gone:
                await self._device.vault("DELETE", f"/grants/{gnt}")
            if gone:
                await self.rotate(drawer.id, gone)
            elif int(self._chain.epoch(drawer.id).claims["exp"]) - now < RENEW:
                await self._renew(drawer.id)
        await self._destroy_boxes(now)

    async def _revoke(self, ended: Collection[str]) -> None:
        """Signs what was stopped by sign-in alone, given back or used up: from then on the chain itself says
        that it is over, and who stays in a drawer can be read from it."""
        now, revoked = self._device.http.clock(), self._chain.revoked()
        for grant in self._chain.grants():
            if grant.jti in ended and grant.jti not in revoked and now < grant.exp:
                await self._chain.write(partial(Draft.revoke, grant=grant))

    async def _catch_up(self) -> None:
        told = {one["id"]: int(one["epoch"]) async for one in self._device.items("vault", "/drawers")}
        for drawer in self._keys.keyring.drawers:
            await self._drawers.need(drawer.id)
            newest = self._chain.rotation(drawer.id)
            if told.get(drawer.id, 0) < int(newest.claims["ep"]):
                await self._chain.tell_vault([newest])

    async def open_again(self, path: str) -> None:
        """Opens the pause at `path`. A renewal signed just now shows that her code was used. Refused
        `step-up-needed` when she has no drawer to renew: then there is nothing that anybody could read."""
        for drawer in self._keys.keyring.drawers[:1]:
            await self._renew(drawer.id)
        await self._device.consent("DELETE", path, json={})

    async def _renew(self, drw: str) -> None:
        last = self._chain.epoch(drw).claims
        keys = self._keys.keyring.epoch(drw, last["ep"])
        entered = await self._chain.write(
            # All hashes again, fillers included: a filler that was replaced would give itself away.
            lambda draft: draft.epoch(keys, cat=last["cat"], rsn="renew", env=last["env"])
        )
        await self._chain.tell_vault(entered)

    async def _destroy_boxes(self, now: int) -> None:
        waiting = {(str(one["drawer"]), int(one["epoch"])) async for one in self._device.items("vault", "/deposits")}
        for drawer in self._keys.keyring.drawers:
            opened = int(self._chain.rotation(drawer.id).claims["iat"])
            for epoch in drawer.eps[:-1]:
                if epoch.box is None or (drawer.id, epoch.ep) in waiting or now < opened + EMPTIED:
                    continue
                await self._drawers.store(lambda drw=drawer.id, ep=epoch.ep: self._without_box(drw, ep))  # type: ignore[misc]

    def _without_box(self, drw: str, ep: int) -> tuple[Keyring, EpochKeys]:
        keyring = self._keys.keyring.without_box(drw, ep)
        return keyring, keyring.epoch(drw, ep)


def _opened_by(grant: Grant) -> list[str]:
    """Drawers whose keys a grant gave."""
    if grant.act != "read":
        return []
    return [drawer.id for drawer in grant.drawers if drawer.epochs]


def find_grant(chain: Chain, of: str) -> Grant:
    """A grant by its own id, or the newest one that answered the question with this id. FormatError when
    there is none."""
    for grant in reversed(chain.grants()):
        if of in (grant.jti, grant.req):
            return grant
    raise FormatError("grant")
