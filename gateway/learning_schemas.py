# SPDX-License-Identifier: EUPL-1.2
"""The wire of what an organisation learns and owes: events, closings, evidence, "Waarom keek je?", colleagues."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jws, Note, Wire
from gateway.schemas import Look

MOST_EVENTS = 100


class SetErr(Wire):
    """Why a signed event could not be read (RFC 8935, section 2.4). Nothing of `description` is kept."""

    err: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,40}$")]
    description: Annotated[str, Field(max_length=1000)] | None = None


class Poll(Wire):
    """A poll for signed events (RFC 8936, section 2.2): what came (`ack`), what could not be read (`setErrs`), and how
    many more are wanted. Without `returnImmediately` it waits for the first one, five seconds at most."""

    ack: Annotated[list[Id], Field(max_length=1000)] = Field(default_factory=list)
    set_errs: Annotated[dict[Id, SetErr], Field(max_length=100)] = Field(default_factory=dict)
    max_events: Annotated[int, Field(ge=0, le=MOST_EVENTS)] = MOST_EVENTS
    return_immediately: bool = False


class EventsWaiting(Wire):
    """Signed events (`secevent+jwt`, RFC 8417) by their id, oldest first. Each comes until it is acknowledged."""

    sets: dict[str, Jws]
    more_available: bool


class NewClosing(Wire):
    """The team's signed word after an end (`vault-closing+jwt`): erased, or kept until when under which article."""

    closing: Jws


class Closed(Wire):
    """It is entered (`receipt+jwt`). No receipt: the vault is gone."""

    receipt: Jws | None


class Evidence(Wire):
    """What can be shown of one grant, without any value: the grant and the card whose key signed it, the question, the
    receipt of the yes, the own closing, the log's line of the grant; in `items` the own lines, newest first."""

    grant: Jws
    card: Jws
    request: Jws | None
    receipt: Jws | None
    closing: Jws | None
    entered: Look
    items: list[Look]
    next: str | None


class AskedWhy(Wire):
    """ "Waarom keek je?", asked by the person about one look. `vlt`, `entry` and `employee` (who looked, as the log
    names that colleague) go into the signed answer; `due`: seven days."""

    id: Id
    state: Literal["open", "answered"]
    vlt: Id
    grant: Id
    entry: Digest
    employee: Digest
    action: Literal["read", "deposit", "refused"]
    looked_at: Moment
    text: str
    asked_at: Moment
    due: Moment
    answer: Jws | None


class AskedWhyPage(Wire):
    """Questions to the team, newest first."""

    items: list[AskedWhy]
    next: str | None


class NewWhyAnswer(Wire):
    """Why the team looked (`vault-why+jwt`), at most 1,000 characters, signed by its key."""

    answer: Jws


class Explained(Wire):
    """It is entered (`receipt+jwt`), and the person reads it."""

    receipt: Jws


class NewTakeOver(Wire):
    """Why a colleague takes the case: the person reads it."""

    reason: Note


class NewSuspension(Wire):
    """A caseworker who may look no more. `sub`: as in that caseworker's tokens."""

    sub: Annotated[str, Field(pattern=r"^cw_[A-Za-z0-9_-]{1,80}$")]


class NewAcceptance(Wire):
    """A new question of exactly the offer (`vault-request+jwt` whose `off` names the question), signed by the team."""

    request: Jws
