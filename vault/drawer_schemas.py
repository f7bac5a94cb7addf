# SPDX-License-Identifier: EUPL-1.2
"""The wire of what lies in drawers: records, attachments, deposits, and what grantees will get."""

from typing import Annotated

from pydantic import Field

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jwe, Wire
from formats.spelling import MAX_NUMBER
from vault.schemas import Count, Head


class Record(Wire):
    """A version of a record. arrived: when the vault took it in."""

    id: Id
    version: Count
    epoch: Count
    arrived: Moment
    jwe: Jwe


class Records(Wire):
    items: list[Record]
    next: str | None


class HeadAfter(Wire):
    """The drawer's head after the change."""

    head: Head


class AttachmentIn(Wire):
    """Length and H of the sealed blob, before its pieces come."""

    length: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    hash: Digest


class Piece(Wire):
    """A piece that is stored."""

    piece: Count
    size: Count


class Progress(Wire):
    """How far an attachment has come. wanted: pieces of 8 MiB still to send, in any order; complete: readable."""

    length: Count
    pieces: list[Piece]
    wanted: list[Count]
    complete: bool


class Deposit(Wire):
    """An un-filed deposit. logIndex: of its event in the log, -1 when it came with an import."""

    id: Id
    drawer: Id
    epoch: Count
    arrived: Moment
    log_index: Annotated[int, Field(ge=-1, le=MAX_NUMBER)]
    jwe: Jwe


class Deposits(Wire):
    items: list[Deposit]
    next: str | None


# -- sharing -------------------------------------------------------------------------------------------------


class Envelope(Wire):
    drawer: Id
    epoch: Count
    jwe: Jwe


class Single(Wire):
    drawer: Id
    id: Id
    version: Count
    jwe: Jwe


class Shared(Wire):
    """What lies ready for a grant."""

    envelopes: list[Envelope]
    singles: list[Single]
