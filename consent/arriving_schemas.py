# SPDX-License-Identifier: EUPL-1.2
"""The wire of moving in: the chain and the lines of another installation, page by page, and the line she ends it with."""

from typing import Annotated

from pydantic import Field

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Jws, Wire
from consent.schemas import Bytes

Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9.:-]{1,200}$", max_length=210)]
"""The public origin of an installation, as its pins name it."""
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
Proof = Annotated[str, Field(min_length=40, max_length=24_000)]
"""A tlog-proof: `formats.checkpoint.read_proof` checks it."""


class NewArrival(Wire):
    """She comes from this installation. It must be one that this one takes people from."""

    origin: Origin


class Arrival(Wire):
    """A move that runs: until when, and how many statements and lines are here. Nothing of it counts yet."""

    id: Id
    origin: Origin
    until: Moment
    statements: int
    lines: int


class BroughtStatement(Wire):
    """A statement with the receipt of the installation that entered it."""

    statement: Jws
    receipt: Jws


class BroughtStatements(Wire):
    """The next statements of the chain; `start`: the number (`seq`) of the first."""

    start: Number
    items: Annotated[list[BroughtStatement], Field(min_length=1, max_length=200)]


class BroughtLine(Wire):
    """A line of another installation's log about her. An erased one has neither event nor nonce."""

    n: Number
    event: Bytes | None
    nonce: Bytes | None
    proof: Proof


class BroughtLines(Wire):
    """The next lines of one log, in their order, without a gap."""

    origin: Origin
    items: Annotated[list[BroughtLine], Field(min_length=1, max_length=200)]


class EarlierLine(BroughtLine):
    """A line of the log of an installation where she was before: evidence, to be checked with that installation's pins."""

    origin: Origin


class EarlierLinePage(Wire):
    """Lines of before, newest first."""

    items: list[EarlierLine]
    next: str | None


class Settling(Wire):
    """The end of a move, told by the gateway: who is signed in as `vlt`, her next card, signed just now, and the identity
    issuer's word about it."""

    vlt: Id
    card: Jws
    person: Jws


class Settled(Wire):
    """She lives here now, under her own `vlt`. `receipts`: of her card and of the issuer's word."""

    vlt: Id
    seq: int
    receipts: list[Jws]


class SignedIn(Wire):
    """Whose vault it is. Another than the gateway named, if she moved in and the gateway did not hear the answer."""

    vlt: Id
