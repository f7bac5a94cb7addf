# SPDX-License-Identifier: EUPL-1.2
"""The vault as the gateway sees it. It believes no word of ours, only consent's permit; what it gives is sealed.

Bytes pass through: an answer of sealed things is never parsed here, an attachment never whole in memory.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from chassis import logs
from chassis.calls import Flow, Peer, Reply
from chassis.problems import unavailable

BASE = "/vault/v1"
OCTETS = "application/octet-stream"


class VaultClient:
    """The calls. peer: the vault, in this process or elsewhere."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def hand_out(self, permit: Mapping[str, str], page: str | None) -> bytes:
        """The sealed things that a permit names: JSON bytes of an object. Raises the vault's problem."""
        reply = await self._peer.ask(BASE + "/record-hand-outs", {"permit": permit, "pageCursor": page})
        return good(reply).body

    async def hand_out_attachment(self, permit: Mapping[str, str], attachment: str, start: int) -> Flow:
        """The sealed octets of one attachment from `start` on, as they come. Raises Problem unavailable."""
        body = {"permit": permit, "attachment": attachment, "from": start}
        return await self._peer.flow("POST", BASE + "/attachment-hand-outs", orjson.dumps(body))

    async def deposit(self, permit: Mapping[str, str], jwe: str, attachments: list[dict[str, Any]]) -> Reply:
        """Puts a sealed object in. Raises the vault's problem."""
        return good(
            await self._peer.post(BASE + "/deposits", {"permit": permit, "jwe": jwe, "attachments": attachments})
        )

    async def put_piece(self, upload: str, piece: int, octets: bytes) -> Reply:
        """One piece of an attachment of a deposit. Raises the vault's problem."""
        path = f"{BASE}/uploads/{upload}/pieces/{piece}"
        return good(await self._peer.call("PUT", path, octets, kind=OCTETS))

    async def complete(self, upload: str) -> Reply:
        """All pieces are there. Raises the vault's problem."""
        return good(await self._peer.post(f"{BASE}/uploads/{upload}/completions", {}))

    async def confirm_import(self, confirmation: str, organisation: str) -> Reply:
        """The team holds the keys: its envelopes go. Raises the vault's problem."""
        body = {"confirmation": confirmation, "organisation": organisation}
        return good(await self._peer.post(BASE + "/import-confirmations", body))


def good(reply: Reply) -> Reply:
    """The reply, if it is one. Raises the vault's problem; a refused permit is a fault between us, nobody else's."""
    if reply.status < 300:
        return reply
    problem = reply.problem()
    if problem.slug in ("permit-refused", "permit-used", "not-authenticated"):
        logs.log().error("alarm", part="gateway", what=problem.slug)
        raise unavailable()
    raise problem
