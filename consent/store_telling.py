# SPDX-License-Identifier: EUPL-1.2
"""Rows of what teams are told, owe and are asked: signed events, deletion duties, "Waarom keek je?"."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, or_, select, update

from chassis.database import NUMBER, Connection, insert
from consent.store import Before, Row, Values, change, every, first, older_than, page_values
from consent.tables import duties, events_out, questions

b = bindparam

# -- signed events ----------------------------------------------------------------------------------------------

_PUT_EVENT = insert(events_out)
_WAITING = (
    select(events_out.c.id, events_out.c.token)
    .where(
        events_out.c.team == b("team"),
        events_out.c.acknowledged_at.is_(None),
        events_out.c.due_at <= b("now"),
        events_out.c.made_at >= b("since"),
    )
    .order_by(events_out.c.made_at, events_out.c.id)
    .limit(b("most"))
)
_TAKEN = (
    update(events_out)
    .where(
        events_out.c.team == b("b_team"),
        events_out.c.id.in_(b("ids", expanding=True)),
        events_out.c.acknowledged_at.is_(None),
    )
    .values(acknowledged_at=b("at"))
)
_FORGET_EVENTS = delete(events_out).where(
    or_(events_out.c.acknowledged_at.is_not(None), events_out.c.made_at < b("before"))
)


def put_event(connection: Connection, values: Values) -> None:
    """A signed event for a team."""
    change(connection, _PUT_EVENT, **values)


def waiting(connection: Connection, team: str, now: int, since: int, most: int) -> Sequence[Row]:
    """Events (`id`, `token`) that a team has not acknowledged and that were made at `since` or later, oldest first.
    Within one second in the order of their random ids, which says nothing."""
    return every(connection, _WAITING, team=team, now=now, since=since, most=most)


def acknowledge(connection: Connection, team: str, ids: Collection[str], at: int) -> int:
    """A team has these events; answers how many it did not have before. Another team's are not touched."""
    return change(connection, _TAKEN, b_team=team, ids=list(ids), at=at)


def forget_events(connection: Connection, before: int) -> int:
    """Deletes what was acknowledged, and what nobody fetched since `before`."""
    return change(connection, _FORGET_EVENTS, before=before)


# -- deletion duties --------------------------------------------------------------------------------------------

_PUT_DUTY = insert(duties).on_conflict_do_nothing()
_DUTY = select(duties).where(duties.c.team == b("team"), duties.c.jti == b("jti"))
_DUTIES = select(duties).where(duties.c.vlt == b("vlt"), duties.c.jti.in_(b("grants", expanding=True)))
_one_duty = (duties.c.vlt == b("b_vlt"), duties.c.jti == b("b_jti"))
_CLOSE = (
    update(duties)
    .where(*_one_duty)
    .values(
        answer=b("answer"),
        kept_until=b("until"),
        article=b("article"),
        closing=b("closing"),
        receipt=b("receipt"),
        answered_at=b("at"),
    )
)
_HALF = select(duties).where(
    duties.c.answered_at.is_(None),
    duties.c.reminded_at.is_(None),
    duties.c.since + duties.c.due <= b("twice", type_=NUMBER),
)
_LATE = select(duties).where(duties.c.answered_at.is_(None), duties.c.late_at.is_(None), duties.c.due <= b("now"))
_REMINDED = update(duties).where(*_one_duty).values(reminded_at=b("at"))
_LATE_SAID = update(duties).where(*_one_duty).values(late_at=b("at"))
_DROP = delete(duties).where(duties.c.vlt == b("vlt"), duties.c.jti == b("jti"))


def put_duty(connection: Connection, values: Values) -> bool:
    """What a team owes after an end; False when it stood."""
    return change(connection, _PUT_DUTY, **values) == 1


def duty(connection: Connection, team: str, jti: str) -> Row | None:
    """What this team owes after the end of this grant."""
    return first(connection, _DUTY, team=team, jti=jti)


def duties_of(connection: Connection, vlt: str, grants: Collection[str]) -> dict[str, Row]:
    """What is owed to her after these grants, by grant."""
    return {str(row["jti"]): row for row in every(connection, _DUTIES, vlt=vlt, grants=list(grants))}


def close_duty(connection: Connection, vlt: str, jti: str, values: Values) -> None:
    """Keeps a closing: `answer`, `until`, `article`, `closing`, `receipt`, `at`."""
    change(connection, _CLOSE, b_vlt=vlt, b_jti=jti, **values)


def half_time(connection: Connection, now: int) -> Sequence[Row]:
    """Duties whose half time is over, whose team was not reminded."""
    return every(connection, _HALF, twice=2 * now)


def late(connection: Connection, now: int) -> Sequence[Row]:
    """Duties that nobody answered in time and of which she was not told so."""
    return every(connection, _LATE, now=now)


def reminded(connection: Connection, vlt: str, jti: str, at: int) -> None:
    """The team was reminded."""
    change(connection, _REMINDED, b_vlt=vlt, b_jti=jti, at=at)


def late_said(connection: Connection, vlt: str, jti: str, at: int) -> None:
    """She was told that it is late."""
    change(connection, _LATE_SAID, b_vlt=vlt, b_jti=jti, at=at)


def drop_duty(connection: Connection, vlt: str, jti: str) -> None:
    """Nothing is owed any more, and nobody is left who would read how it ended."""
    change(connection, _DROP, vlt=vlt, jti=jti)


# -- "Waarom keek je?" ------------------------------------------------------------------------------------------

_newest = (questions.c.asked_at.desc(), questions.c.id.desc())
_older = older_than(questions.c.asked_at, questions.c.id)
_ASK = insert(questions)
_MINE = select(questions).where(questions.c.vlt == b("vlt"), questions.c.id == b("id"))
_OF_LINE = select(questions).where(questions.c.vlt == b("vlt"), questions.c.n == b("n"))
_HERS = select(questions).where(questions.c.vlt == b("vlt"), _older).order_by(*_newest).limit(b("most"))
_TEAMS = select(questions).where(questions.c.team == b("team"), _older).order_by(*_newest).limit(b("most"))
_TEAMS_ONE = select(questions).where(questions.c.team == b("team"), questions.c.id == b("id"))
_ANSWERED = select(questions.c.answer).where(
    questions.c.vlt == b("vlt"),
    questions.c.team == b("team"),
    questions.c.jti == b("jti"),
    questions.c.answer.is_not(None),
)
_ANSWER = (
    update(questions)
    .where(questions.c.vlt == b("b_vlt"), questions.c.id == b("b_id"), questions.c.answered_at.is_(None))
    .values(answer=b("b_answer"), org=b("b_org"), receipt=b("b_receipt"), answered_at=b("at"))
)
_UNANSWERED = select(questions).where(
    questions.c.answered_at.is_(None), questions.c.reminded_at.is_(None), questions.c.asked_at <= b("before")
)
_LATE_ANSWERS = select(questions).where(
    questions.c.answered_at.is_(None), questions.c.late_at.is_(None), questions.c.due <= b("now")
)
_COUNTED = update(questions).where(questions.c.vlt == b("b_vlt"), questions.c.id == b("b_id")).values(late_at=b("at"))
_REMINDED_OF = (
    update(questions).where(questions.c.vlt == b("b_vlt"), questions.c.id == b("b_id")).values(reminded_at=b("at"))
)


def put_question(connection: Connection, values: Values) -> None:
    """A question of hers about a line."""
    change(connection, _ASK, **values)


def question(connection: Connection, vlt: str, identifier: str) -> Row | None:
    """One of her questions."""
    return first(connection, _MINE, vlt=vlt, id=identifier)


def question_about(connection: Connection, vlt: str, n: int) -> Row | None:
    """Her question about a line."""
    return first(connection, _OF_LINE, vlt=vlt, n=n)


def questions_of(connection: Connection, vlt: str, before: Before, most: int) -> Sequence[Row]:
    """Her questions, newest first."""
    return every(connection, _HERS, vlt=vlt, most=most, **page_values(before))


def asked_of_team(connection: Connection, team: str, before: Before, most: int) -> Sequence[Row]:
    """Questions to a team, newest first."""
    return every(connection, _TEAMS, team=team, most=most, **page_values(before))


def asked_of_team_one(connection: Connection, team: str, identifier: str) -> Row | None:
    """One question to a team."""
    return first(connection, _TEAMS_ONE, team=team, id=identifier)


def answers_of(connection: Connection, vlt: str, team: str, jti: str) -> list[str]:
    """A team's signed answers about looks at this grant."""
    return [str(row["answer"]) for row in every(connection, _ANSWERED, vlt=vlt, team=team, jti=jti)]


def answer(connection: Connection, vlt: str, identifier: str, token: str, org: str, receipt: str, at: int) -> bool:
    """Keeps an answer; False when there was one."""
    values = {"b_vlt": vlt, "b_id": identifier, "b_answer": token, "b_org": org, "b_receipt": receipt, "at": at}
    return change(connection, _ANSWER, **values) == 1


def unanswered(connection: Connection, before: int) -> Sequence[Row]:
    """Questions asked before, without an answer, of which the team was not reminded."""
    return every(connection, _UNANSWERED, before=before)


def late_answers(connection: Connection, now: int) -> Sequence[Row]:
    """Questions whose term passed without an answer, not counted yet."""
    return every(connection, _LATE_ANSWERS, now=now)


def late_counted(connection: Connection, vlt: str, identifier: str, at: int) -> None:
    """It was counted among the late ones."""
    change(connection, _COUNTED, b_vlt=vlt, b_id=identifier, at=at)


def reminded_of(connection: Connection, vlt: str, identifier: str, at: int) -> None:
    """The team was reminded of the question."""
    change(connection, _REMINDED_OF, b_vlt=vlt, b_id=identifier, at=at)
