# SPDX-License-Identifier: EUPL-1.2
"""Works that read side by side on one connection to PostgreSQL: what several of them ask alike goes as one statement.

Each work is the same plain function as ever, in a greenlet of its own. Where it asks the database it stands still; when
all of them stand still, or are done, the same questions (one text, other values) go out as one, with the values of all as
arrays; then each goes on with its own rows. Sixteen looks that each ask three things so cost three ways to the server,
not forty-eight. For hot works: they ask by the driver alone, and write nothing.
"""

from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection
from sqlalchemy.util import await_, greenlet_spawn

from chassis.postgresql_driver import PAGE, AsyncpgDriver, Rows, unnested
from chassis.sqlite import DRIVER

FIRST = 4
"""Rows of a stream that are taken at first: the rows of all are in memory at once, and one may be a megabyte."""

Outcome = tuple[Any, Exception | None]
"""What a work returned, or what it raised."""
Work = Callable[[Connection], Any]
_Row = tuple[Any, ...]
_Member = Coroutine[Any, Any, Any]


class _Question(NamedTuple):
    """To be waited for: whoever drives the work is given this, and sends the rows back."""

    sql: str
    values: Sequence[Any]

    def __await__(self) -> "Generator[_Question, list[_Row], list[_Row]]":
        return (yield self)


class _Face:
    """The connection that such a work is given, and its driver."""

    def get_execution_options(self) -> dict[str, Any]:
        return {DRIVER: self}

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        return Rows(iter(self._ask(sql, values)))

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[_Row]:
        """A page at a time, the first a short one: most want no more. The statement ends with its order, which has no
        ties."""
        at, most = 0, FIRST
        while rows := self._ask(f"{sql} LIMIT {most} OFFSET {at}", values):
            yield from rows
            if len(rows) < most:
                return
            at, most = at + most, PAGE

    @staticmethod
    def _ask(sql: str, values: Sequence[Any]) -> list[_Row]:
        return await_(_Question(sql, values))


_FACE = cast(Connection, _Face())


async def side_by_side(driver: AsyncpgDriver, works: Sequence[Work]) -> list[Outcome]:
    """The outcome of each, in order. A fault of the database is raised, and then there is none."""
    outcomes: list[Outcome] = [(None, None)] * len(works)
    asking: dict[int, _Question] = {}

    def goes_on(number: int, member: _Member, given: Any) -> None:
        try:
            asking[number] = member.send(given)
        except StopIteration as end:
            outcomes[number] = end.value, None
        except Exception as error:
            outcomes[number] = None, error

    members = [greenlet_spawn(work, _FACE) for work in works]
    try:
        for number, member in enumerate(members):
            goes_on(number, member, None)
        while asking:
            stand_still, asking = asking, {}
            alike: dict[str, list[int]] = {}
            for number, question in stand_still.items():
                alike.setdefault(question.sql, []).append(number)
            for sql, numbers in alike.items():
                found = await _found(driver, sql, [stand_still[number].values for number in numbers])
                for number, rows in zip(numbers, found, strict=True):
                    goes_on(number, members[number], rows)
    finally:
        for member in members:
            member.close()
    return outcomes


async def _found(driver: AsyncpgDriver, sql: str, asked: Sequence[Sequence[Any]]) -> list[list[_Row]]:
    """The rows of a statement for each of these values."""
    if len(asked) == 1 or not asked[0]:
        rows, _ = await driver.fetched(sql, asked[0])
        return [[tuple(row) for row in rows]] * len(asked)
    found: list[list[_Row]] = [[] for _ in asked]
    text = _for_each(sql, await driver.types(sql))
    rows, _ = await driver.fetched(text, [*zip(*asked, strict=True)])
    for row in rows:
        found[row[0] - 1].append(tuple(row)[1:])
    return found


def _for_each(sql: str, types: list[str]) -> str:
    """`sql` for each of many values, its number first. Rows of one number come in the order of `sql`: the values are
    walked through, and it is run for each."""
    names = [f"w.v{number}" for number in range(len(types))]
    parts = sql.split("?")
    own = "".join(part + name for part, name in zip(parts, names, strict=False)) + parts[-1]
    columns = ", ".join(f"v{number}" for number in range(len(types)))
    walked = f"{unnested(tuple(types))} WITH ORDINALITY AS w({columns}, number) JOIN LATERAL ({own}) AS found ON true"
    return walked.replace("*", "w.number, found.*", 1)
