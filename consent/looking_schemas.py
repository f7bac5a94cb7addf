# SPDX-License-Identifier: EUPL-1.2
"""The wire of looking back and of leaving: lines, plain lines, consent receipts; challenges and erasures."""

from typing import Literal

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jws, Note, Wire
from consent.schemas import Bytes, LoggedStatement


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
    """What happened without a proof of its own: a question, an answer, a pause, a colleague who took the case over
    (`note`: why), a deletion that is late. Shown without a tick."""

    id: Id
    at: Moment
    what: str
    team: str | None
    request: Id | None
    grant: Id | None
    note: str | None


class PlainLinePage(Wire):
    """Plain lines, newest first."""

    items: list[PlainLine]
    next: str | None


class NewWhy(Wire):
    """ "Waarom keek je?", in her words or in one of the ready sentences on the screen."""

    text: Note


class Why(Wire):
    """A question of hers about one of her lines. `no-answer`: seven days are over; an answer may still come. `answer`
    is signed by the team (`vault-why+jwt`) with the key of the directory statement in `organisation`."""

    id: Id
    line: int
    entry: Digest
    team: str
    grant: Id
    text: str
    asked_at: Moment
    due: Moment
    state: Literal["open", "no-answer", "answered"]
    answer: Jws | None
    organisation: LoggedStatement | None
    answered_at: Moment | None


class WhyPage(Wire):
    """Her questions about looks, newest first."""

    items: list[Why]
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


class Device(Wire):
    """A device that called in her name. `id`: thumbprint of the key its tokens are bound to; `seenAt`: the
    last time, to the hour. `own`: this very one."""

    id: Digest
    first_at: Moment
    seen_at: Moment
    stopped_at: Moment | None
    own: bool


class DevicePage(Wire):
    """Her devices, newest first."""

    items: list[Device]
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
