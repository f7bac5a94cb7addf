# SPDX-License-Identifier: EUPL-1.2
"""Relaying: the rest of the organisations' API. We say who calls; consent and vault answer, and their answers pass.

`team`, `client` and `caseworker` come from the checked token, never from what was sent.
"""

from collections.abc import Mapping
from typing import Any

from chassis.calls import Reply
from gateway.callers import Caller
from gateway.consent_client import ConsentClient
from gateway.vault_client import VaultClient


class Relaying:
    """The use cases that decide nothing here."""

    def __init__(self, *, consent: ConsentClient, vault: VaultClient) -> None:
        self._consent, self._vault = consent, vault

    async def ask(self, caller: Caller, question: Mapping[str, Any]) -> Reply:
        """A signed question goes to its address."""
        caller.must("ask")
        told = {"team": caller.team, "client": caller.client, "caseworker": caller.subject}
        return await self._consent.call("POST", "/consent-requests", {**question, **told})

    async def questions(self, caller: Caller, size: int, cursor: str | None) -> Reply:
        """Own questions, newest first."""
        caller.must("ask", "learn")
        return await self._consent.call("GET", "/consent-requests", query=page_of(caller, size, cursor))

    async def question(self, caller: Caller, question: str) -> Reply:
        """One own question."""
        caller.must("ask", "learn")
        return await self._consent.call("GET", f"/consent-requests/{question}", query=[("team", caller.team)])

    async def withdraw(self, caller: Caller, question: str) -> Reply:
        """The team takes its question back."""
        caller.must("ask")
        told = {"team": caller.team, "caseworker": caller.subject}
        return await self._consent.call("POST", f"/consent-requests/{question}/withdrawals", told)

    async def accept(self, caller: Caller, question: str, request: str) -> Reply:
        """A counter-offer is accepted by a new signed question."""
        caller.must("ask")
        told = {"team": caller.team, "client": caller.client, "caseworker": caller.subject, "request": request}
        return await self._consent.call("POST", f"/consent-requests/{question}/acceptances", told)

    async def grants(self, caller: Caller, size: int, cursor: str | None) -> Reply:
        """Own grants, newest first. A token to read covers one grant and lists none."""
        caller.must("ask", "learn")
        return await self._consent.call("GET", "/grants", query=page_of(caller, size, cursor))

    async def grant(self, caller: Caller, grant: str) -> Reply:
        """One own grant."""
        caller.must("ask", "read", "learn", grant=grant)
        return await self._consent.call("GET", f"/grants/{grant}", query=[("team", caller.team)])

    async def give_up(self, caller: Caller, grant: str) -> Reply:
        """The team hands a grant back: from here on it gives nothing."""
        caller.must("ask", "learn", grant=grant)
        query = [("team", caller.team), ("caseworker", caller.subject)]
        return await self._consent.call("DELETE", f"/grants/{grant}", query=query)

    async def confirm_import(self, caller: Caller, grant: str, confirmation: str) -> Reply:
        """The team holds the keys; the vault believes its signature, under the key that the directory names."""
        caller.must("read", grant=grant)
        await self._consent.call("GET", f"/grants/{grant}", query=[("team", caller.team)])
        directory = await self._consent.call("GET", f"/organisations/{caller.team}")
        return await self._vault.confirm_import(confirmation, directory.json()["statement"])

    async def epoch(self, caller: Caller, grant: str, drawer: str) -> Reply:
        """What a source seals to now, with its proof."""
        caller.must("deposit", grant=grant)
        query = [("team", caller.team)]
        return await self._consent.call("GET", f"/grants/{grant}/drawers/{drawer}/epoch", query=query)

    async def put_piece(self, upload: str, piece: int, octets: bytes) -> Reply:
        """One piece of an attachment of a deposit."""
        return await self._vault.put_piece(upload, piece, octets)

    async def complete(self, upload: str) -> Reply:
        """All pieces of an attachment are there."""
        return await self._vault.complete(upload)

    async def published(self, path: str, query: list[tuple[str, str]]) -> Reply:
        """The signed catalogue or directory, as consent publishes it."""
        return await self._consent.call("GET", path, query=query)


def page_of(caller: Caller, size: int, cursor: str | None) -> list[tuple[str, str]]:
    """The query for one page of what is this team's."""
    return [
        ("team", caller.team),
        ("pageSize", str(size)),
        *([("pageCursor", cursor)] if cursor is not None else []),
    ]
