# SPDX-License-Identifier: EUPL-1.2
"""The wire of cases: what the desk keeps of them, and what goes on to the gateway.

What the gateway gives passes as the bytes it gave, so it is described there: `Relayed` and `RelayedPage` are the answer
of the operation of the same name in openapi/gateway.yaml.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jwe, Jws, Wire, exactly_one
from desk.schemas import Name, Number, Subject, plain
from formats.spelling import MAX_NUMBER


class Relayed(BaseModel):
    """An answer of the gateway, the bytes as it gave them: the answer of the operation of the same name in
    openapi/gateway.yaml."""

    model_config = ConfigDict(extra="allow")


class HelpQuestion(Wire):
    """What a caseworker asks the helper. asked: it asked back before, so now it answers or says whom to call."""

    text: Annotated[str, Field(min_length=1, max_length=500)]
    locale: Literal["nl", "en"]
    asked: bool = False


class RelayedPage(BaseModel):
    """A page as the gateway gave it: the answer of the operation of the same name in openapi/gateway.yaml. `next` goes
    back in `pageCursor`."""

    items: list[dict[str, Any]]
    next: str | None


# -- cases and what belongs to them --------------------------------------------------------------------------


class Case(Wire):
    """What the organisation calls a question: a name or number of its own, and who has it. Never sent to the gateway."""

    request: Id
    name: str
    holder: Subject
    kept_at: Moment


class Cases(Wire):
    """All cases that have a name, newest first."""

    items: list[Case]
    next: str | None


class NewCase(Wire):
    """A name for a case, and who has it: a member."""

    name: Name
    holder: Subject


class Envelope(Wire):
    """Drawer keys that the team holds, sealed to a key of the team (`vault-key+jwe`; `kid`: which)."""

    grant: Id
    drawer: Id
    epoch: Number
    kid: Digest
    jwe: Jwe
    kept_at: Moment


class Envelopes(Wire):
    """Kept envelopes, oldest first."""

    items: list[Envelope]
    next: str | None


class Told(Wire):
    """A signed event that was checked and counted, once. dataref: the address here. See docs/events.md."""

    id: Id
    type: str
    dataref: str
    issued_at: Moment
    taken_at: Moment


class ToldPage(Wire):
    """Events, newest first."""

    items: list[Told]
    next: str | None


class Duty(Wire):
    """A grant that ended and asks what became of the data. closed: when this desk answered, or null."""

    grant: Id
    asked_at: Moment
    closed_at: Moment | None


class Duties(Wire):
    """Duties to answer for, newest first."""

    items: list[Duty]
    next: str | None


# -- what goes on to the gateway -----------------------------------------------------------------------------

Bsn = Annotated[str, Field(pattern=r"^[0-9]{9}$", json_schema_extra={"format": "bsn"})]
ShareCode = Annotated[str, Field(min_length=1, max_length=32)]


class To(Wire):
    """The address of a question: a share code, or a BSN, which goes on in the body and is not kept."""

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


class NewAcceptance(Wire):
    """A new question of exactly the offer, signed by the team."""

    request: Jws


class NewImport(Wire):
    """ "We hold the keys" (`vault-import+jwt`), signed by the team. Keep the envelopes here first."""

    confirmation: Jws


class NewAttachment(Wire):
    """A file that comes with a deposit: id, length in octets and hash of its sealed octets."""

    id: Id
    length: Annotated[int, Field(ge=1, le=2**40)]
    hash: Digest


class NewDeposit(Wire):
    """A paper, sealed on the page to the drawer's key (`vault-dep+jwe`), the epoch of that key, and its files."""

    jwe: Jwe
    epoch: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    attachments: Annotated[list[NewAttachment], Field(max_length=20)] = Field(default_factory=list)


class NewClosing(Wire):
    """`vault-closing+jwt`: erased, or kept until when under which article."""

    closing: Jws


class NewWhyAnswer(Wire):
    """Why the team looked (`vault-why+jwt`)."""

    answer: Jws


class NewTakeOver(Wire):
    """Why the caller takes the case of a colleague: the person reads it."""

    reason: Annotated[str, plain(280)]
