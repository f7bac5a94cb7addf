# SPDX-License-Identifier: EUPL-1.2
"""The wire of what opens on a permit: hand-outs, deposits with their uploads, a team's confirmation."""

from typing import Annotated

from pydantic import Field

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jwe, Jws, Wire
from formats.spelling import MAX_NUMBER
from vault.drawer_schemas import Envelope
from vault.schemas import Count, Head


class PermitIn(Wire):
    """A log entry with its proof (formats.md section 7)."""

    event: Annotated[str, Field(max_length=400_000)]
    nonce: Digest
    proof: Annotated[str, Field(max_length=20_000)]


class HandOutIn(Wire):
    """A permit of type read; pageCursor: of the page before, with a new permit."""

    permit: PermitIn
    page_cursor: Annotated[str, Field(max_length=2_048)] | None = None


class SealedOut(Wire):
    """A record, un-filed deposit (version 1) or single. arrived: when it came: a reader refuses what was backdated."""

    id: Id
    version: Count
    arrived: Moment
    jwe: Jwe


class ServedHead(Wire):
    served: Head
    signed: Jws | None


class HandOut(Wire):
    """What a look opens: the grant's envelopes, sealed things newest first, the drawer's head."""

    envelopes: list[Envelope]
    sealed: list[SealedOut]
    head: ServedHead
    next: str | None


class AttachmentHandOutIn(Wire):
    """A permit that names one record; octets of its attachment from byte `from` on."""

    permit: PermitIn
    attachment: Id
    start: Annotated[int, Field(alias="from", ge=0, le=MAX_NUMBER)]


class AnnouncedIn(Wire):
    """An attachment that a deposit brings along: length and H of its blob."""

    id: Id
    length: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    hash: Digest


class DepositIn(Wire):
    permit: PermitIn
    jwe: Jwe
    attachments: Annotated[list[AnnouncedIn], Field(max_length=100)]


class Upload(Wire):
    """Where the pieces of an attachment go: `PUT /uploads/{id}/pieces/{k}`, within ten minutes."""

    id: Id
    attachment: Id
    wanted: list[Count]


class DepositTaken(Wire):
    """Where the attachments go; the deposit shows when all of them are complete."""

    uploads: list[Upload]


class UploadDone(Wire):
    """Whether the deposit is whole now."""

    whole: bool


class ConfirmationIn(Wire):
    """A team's word that it holds the keys (`vault-import+jwt`), and its directory statement (`vault-org+jwt`)."""

    confirmation: Jws
    organisation: Jws


class Confirmed(Wire):
    """How many envelopes went."""

    deleted: Count
