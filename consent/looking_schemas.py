# SPDX-License-Identifier: EUPL-1.2
"""The wire of looking back and of leaving: lines, plain lines, consent receipts; challenges and erasures."""

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jws, Wire
from consent.schemas import Bytes


class Line(Wire):
    """A line of the log about her: event and nonce make the entry, the proof ties it to a signed checkpoint.
    An erased line has neither event nor nonce; its entry stays."""

    n: int
    event: Bytes | None
    nonce: Bytes | None
    proof: str


class LinePage(Wire):
    """Lines, newest first."""

    items: list[Line]
    next: str | None


class PlainLine(Wire):
    """What happened without a proof of its own: a question, an answer, a pause. Shown without a tick."""

    id: Id
    at: Moment
    what: str
    team: str | None
    request: Id | None
    grant: Id | None


class PlainLinePage(Wire):
    """Plain lines, newest first."""

    items: list[PlainLine]
    next: str | None


class ConsentReceipt(Wire):
    """A consent receipt (`consent-receipt+jwt`, JSON-LD after ISO/IEC TS 27560 and DPV in its `body`)."""

    id: Id
    at: Moment
    grant: Id | None
    receipt: Jws


class ConsentReceiptPage(Wire):
    """Consent receipts, newest first."""

    items: list[ConsentReceipt]
    next: str | None


class Challenge(Wire):
    """32 random bytes for one passkey touch."""

    id: Id
    challenge: Digest
    expires_at: Moment


class Erasure(Wire):
    """Everything will be erased at `at`; before that it can be taken back."""

    id: Id
    at: Moment
    done: bool
