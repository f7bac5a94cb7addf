# SPDX-License-Identifier: EUPL-1.2
"""The wire of the organisations' API `/gateway/v1`. Signed and sealed things are strings and pass through unchanged."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jwe, Jws, Wire, exactly_one
from formats.spelling import MAX_NUMBER

Team = Annotated[str, Field(pattern=r"^urn:oin:[0-9]{20}:team:[a-z0-9-]{1,40}$", max_length=80)]
"""A team: the party that asks, receives, and holds the keys."""

Octets = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]
"""Octets as base64url."""

Bsn = Annotated[str, Field(pattern=r"^[0-9]{9}$", json_schema_extra={"format": "bsn"})]
"""A citizen service number: in this body only; never in a path, stored, logged or repeated."""

ShareCode = Annotated[str, Field(min_length=1, max_length=32)]
"""A code from the person's device; each works once, for seven days."""


class To(Wire):
    """The address of a question, outside its signed part: a share code, or a BSN."""

    model_config = ConfigDict(json_schema_extra=exactly_one)

    share_code: ShareCode | None = None
    bsn: Bsn | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or (self.share_code is None) == (self.bsn is None):
            raise ValueError("one")
        return self


class NewQuestion(Wire):
    """A question: where to, and what the team's key signed (`vault-request+jwt`)."""

    to: To
    request: Jws


class GivenDrawer(Wire):
    """A drawer of a grant. No epochs: only singles, or a deposit grant."""

    id: Id
    category: str
    epochs: list[int]
    records: list[Id] | None


class QuestionItem(Wire):
    """What was granted in answer to a question."""

    grant: Id
    act: Literal["read", "deposit"]
    kind: str
    starts_at: Moment
    ends_at: Moment
    drawers: list[GivenDrawer]


class OfferedItem(Wire):
    """One thing of a counter-offer."""

    kind: Literal["drawer", "record", "answer"]
    ref: str


class Offer(Wire):
    """A counter-offer: fewer items or a shorter time, talk first, or ask later. Nothing is signed yet."""

    items: list[OfferedItem]
    ends_at: Moment | None
    talk_first: bool
    ask_after: Moment | None
    note: str | None


class Question(Wire):
    """An own question. Open looks the same whatever happened inside; after `expiresAt` it is `no-answer`."""

    id: Id
    state: Literal["open", "granted", "countered", "no-answer", "taken-back"]
    request: Jws
    binding_code: str
    expires_at: Moment
    items: list[QuestionItem]
    offer: Offer | None
    receipt: Jws | None


class QuestionPage(Wire):
    """Own questions, newest first."""

    items: list[Question]
    next: str | None


class Grant(Wire):
    """An own grant. Stopped, expired and used are all `ended`."""

    id: Id
    state: Literal["running", "ended"]
    request: Id | None
    purpose: str
    act: Literal["read", "deposit"]
    kind: str
    starts_at: Moment
    ends_at: Moment
    drawers: list[GivenDrawer]


class GrantPage(Wire):
    """Own grants, newest first."""

    items: list[Grant]
    next: str | None


class Envelope(Wire):
    """The keys of one epoch, sealed to the team."""

    drawer: Id
    epoch: int
    jwe: Jwe


class Sealed(Wire):
    """A record, single or deposit that was not filed yet."""

    id: Id
    version: int
    arrived: Moment
    jwe: Jwe


class ServedHead(Wire):
    """The drawer's history as the vault served it."""

    n: int
    h: Digest


class Head(Wire):
    """The head served, and the newest one that the person's device signed."""

    served: ServedHead
    signed: Jws | None


class Look(Wire):
    """The log entry of this very look, with its proof."""

    event: Octets
    nonce: Digest
    proof: str


class SealedAnswer(Wire):
    """All that the organisation needs to check and open the answer, without us."""

    grant: Jws
    statements: list[Jws]
    look: Look
    envelopes: list[Envelope]
    sealed: list[Sealed]
    head: Head
    next: str | None


class NewImport(Wire):
    """ "We hold the keys" (`vault-import+jwt`), signed by the team: the vault deletes just those envelopes."""

    confirmation: Jws


class DepositEpoch(Wire):
    """What a source seals to: grant, card, newest epoch of the drawer, and the log entry of that epoch."""

    grant: Jws
    card: Jws
    epoch: Jws
    event: Octets
    nonce: Digest
    proof: str


class NewAttachment(Wire):
    """An attachment that comes with a deposit: id, length in octets and hash of the sealed blob."""

    id: Id
    length: Annotated[int, Field(ge=1, le=2**40)]
    hash: Digest


class NewDeposit(Wire):
    """A sealed object, the epoch it is sealed to, and the attachments that come with it."""

    jwe: Jwe
    epoch: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    attachments: Annotated[list[NewAttachment], Field(max_length=20)] = Field(default_factory=list)


class Upload(Wire):
    """Where the pieces of one attachment go, for ten minutes; wanted: numbers of the pieces, from 0."""

    upload: str
    attachment: Id
    wanted: list[int]


class Deposited(Wire):
    """The deposit is in; with uploads it shows when all of them are complete. `look` is the source's receipt: the log
    entry of this very deposit, with its proof."""

    uploads: list[Upload]
    look: Look


class LoggedListing(Wire):
    """How a team is shown, as the directory signed it (`vault-listing+jwt`), with its log entry and proof."""

    statement: Jws
    event: Octets
    nonce: Digest
    proof: str
    counts_from: Moment


class LoggedTeam(Wire):
    """A team's `vault-org+jwt` with its log entry and proof; grants to its keys count from `countsFrom`."""

    team: Team
    name: str
    statement: Jws
    event: Octets
    nonce: Digest
    proof: str
    counts_from: Moment
    suspended: bool
    listing: LoggedListing | None


class TeamPage(Wire):
    """Teams of the directory."""

    items: list[LoggedTeam]
    next: str | None


class Published(Wire):
    """A list of the signed catalogue; its members are described in consent's contract."""

    items: list[dict[str, Any]]
    next: str | None
