# SPDX-License-Identifier: EUPL-1.2
"""The wire of what teams are told, owe, are asked and can show (service token). `team` and `caseworker` come from a
token that the gateway verified."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jws, Note, Wire
from consent.schemas import Bytes, Team
from consent.service_schemas import Name

MOST_EVENTS = 100
Ids = Annotated[list[Id], Field(max_length=1000)]


class EventPoll(Wire):
    """What a team has (`ack`) or could not read (`notGood`), and how many further events it wants; `since`: only those
    made at that moment or later."""

    team: Team
    max_events: Annotated[int, Field(ge=0, le=MOST_EVENTS)] = MOST_EVENTS
    since: Moment | None = None
    ack: Ids = Field(default_factory=list)
    not_good: Ids = Field(default_factory=list)


class EventsWaiting(Wire):
    """Signed events by their id (RFC 8936, section 2.3), oldest first."""

    sets: dict[str, Jws]
    more_available: bool


class NewClosing(Wire):
    """The team's signed word after an end (`vault-closing+jwt`): erased, or kept until when under which article."""

    team: Team
    closing: Jws


class Closed(Wire):
    """It is entered. No receipt: the vault is gone, and nobody's log names it."""

    receipt: Jws | None


class LoggedEvent(Wire):
    """A line of the log with its proof."""

    event: Bytes
    nonce: Digest
    proof: str


class Evidence(Wire):
    """What a team can show of one grant, without any value: the grant and the card whose key signed it, the question,
    the receipt of the yes, its own closing, the log's line of the grant; in `items` its own lines, newest first."""

    grant: Jws
    card: Jws
    request: Jws | None
    receipt: Jws | None
    closing: Jws | None
    entered: LoggedEvent
    items: list[LoggedEvent]
    next: str | None


class AskedWhy(Wire):
    """ "Waarom keek je?" as the team reads it. `vlt`, `entry` and `employee` go into its signed answer: whose vault,
    which line, who looked (pseudonym as in the log)."""

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
    """Questions to a team, newest first."""

    items: list[AskedWhy]
    next: str | None


class NewWhyAnswer(Wire):
    """The team's signed answer (`vault-why+jwt`)."""

    team: Team
    caseworker: Name
    answer: Jws


class Explained(Wire):
    """It is entered."""

    receipt: Jws


class TakeOver(Wire):
    """A colleague takes the case, and says why: the person reads it."""

    team: Team
    caseworker: Name
    reason: Note


class Suspension(Wire):
    """A caseworker who may look no more. `sub`: as in that caseworker's tokens."""

    team: Team
    sub: Name


class Acceptance(Wire):
    """A new question of exactly the offer, signed by the team: its `off` names the question that had the offer."""

    team: Team
    client: Name
    caseworker: Name
    request: Jws
