# SPDX-License-Identifier: EUPL-1.2
"""HTTP of comparing rules: another municipality's package beside ours, and what would be taken over. Nothing is kept."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from chassis.contract import RECORD_BYTES
from chassis.wire import Wire
from desk import comparing
from desk.component import Desk
from desk.http import Calling
from formats.spelling import b64u, unb64u

Package = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=RECORD_BYTES)]
"""The zip of a package's folder, as base64url."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$")]


class Packages(Wire):
    """Two packages, and the public JWK of who signs theirs, which came another way than the package itself."""

    mine: Package
    theirs: Package
    key: dict[str, Any]

    @property
    def octets(self) -> tuple[bytes, bytes]:
        """Both zips. Raises FormatError, which the door tells as a refusal."""
        return unb64u(self.mine), unb64u(self.theirs)


class NewComparison(Packages):
    """Two packages, and the public JWK of who signs theirs, which came another way than the package itself."""

    lang: Literal["nl", "en"] = "nl"


class Change(Wire):
    """One difference. what: the purpose or file. more: it asks or allows more of a person than ours."""

    what: str
    said: str
    more: bool


class Purpose(Wire):
    """A purpose of theirs that can be taken over."""

    name: str
    title: str


class Comparison(Wire):
    """What taking over would change about ours. ours: our version. party, version: who signed theirs, as which version.
    purposes: what can be taken over."""

    ours: int
    party: str
    version: int
    changes: list[Change]
    purposes: list[Purpose]


class TakenRules(Packages):
    """The same, and which purposes of theirs are wanted."""

    purposes: Annotated[list[Name], Field(min_length=1, max_length=100)]


class Prepared(Wire):
    """Our package with what was taken over, as the next version, still to be filled in, checked and signed by its owner.
    written: the paths that are new or longer."""

    package: str
    written: list[str]


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations."""
    roles = ("member", "keeper", "administrator")
    big = {"x-most-bytes": RECORD_BYTES}

    @router.post(
        "/rule-comparisons",
        operation_id="compareRules",
        response_model=Comparison,
        tags=["rules"],
        openapi_extra=big,
    )
    async def compare_rules(caller: Calling, given: NewComparison) -> Comparison:
        """What another municipality's signed rules would change about ours, in words."""
        caller.must(*roles)
        found = await asyncio.to_thread(comparing.compare, *given.octets, given.key, given.lang)
        return Comparison(
            ours=found.ours,
            party=found.said.iss,
            version=found.said.ver,
            changes=[Change(**asdict(one)) for one in found.changes],
            purposes=[Purpose(name=name, title=title) for name, title in found.titles.items()],
        )

    @router.post(
        "/rule-take-overs",
        operation_id="prepareTakeOver",
        response_model=Prepared,
        tags=["rules"],
        openapi_extra=big,
    )
    async def prepare_take_over(caller: Calling, given: TakenRules) -> Prepared:
        """Our package with these purposes of theirs, for the owner of our rules to sign. Nobody signs here."""
        caller.must(*roles)
        package, written = await asyncio.to_thread(comparing.take, *given.octets, given.key, given.purposes)
        return Prepared(package=b64u(package), written=written)
