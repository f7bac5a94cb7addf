# SPDX-License-Identifier: EUPL-1.2
"""asyncpg's connection with the face of SQLite's, for the few hot statements that are prepared once.

They are written for both: `?` becomes `$1`, `$2` …; a CROSS JOIN, which tells SQLite in which order to search, is a plain
JOIN here. What costs is the way to the server and back, so this face makes few of them:

* many rows go as arrays, a column each: one text, so one plan, for any number of rows;
* what is written without looking at an answer (`executemany`) is held back, and goes with what is written next: at
  the latest before anything else is asked that could see it, and before the commit.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.util import await_

STATEMENTS = 500
"""Prepared texts remembered per connection."""
PAGE = 16
"""Rows of a stream that are taken at once."""

KINDS = {"n": "int8", "t": "text"}
"""The types of chassis.database.many."""

_Held = tuple[str, list[Sequence[Any]]]
_PLACES = re.compile(r"VALUES \(\?(?:, ?\?)*\)")
_TABLE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\S+)")


class Rows:
    """What a statement of the driver answered, with the face of a cursor of SQLite."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Iterator[tuple[Any, ...]], rowcount: int = -1) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)


class AsyncpgDriver:
    """A connection for hot statements. To be called inside `work` only; `fetched` and `types` from the loop too."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._prepared: dict[str, Any] = {}
        self._held: list[_Held] = []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Runs one statement."""
        self.flush()
        return self._asked(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Rows:
        """Runs one statement for each of these rows, which have different keys: a little later, with other such ones."""
        made = list(rows)
        if made:
            if any(_table(held) == _table(sql) for held, _ in self._held):
                self.flush()
            self._held.append((sql, made))
        return Rows(iter(()))

    def many(self, sql: str, kinds: str, rows: Sequence[Sequence[Any]], further: Sequence[Any]) -> Rows:
        """As chassis.database.many. What is held back waits on, unless this is about one of its tables."""
        if any(_table(held) in sql for held, _ in self._held):
            self.flush()
        text = sql.replace("VALUES $ROWS", unnested(tuple(map(KINDS.__getitem__, kinds))))
        return self._asked(text, (*zip(*rows, strict=True), *further))

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement as they are taken, a few at a time: who stops early has not read on."""
        self.flush()
        cursor = await_(self._opened(sql, values))
        while rows := await_(cursor.fetch(PAGE)):
            yield from map(tuple, rows)

    def flush(self) -> None:
        """Writes what was held back, in one statement where that can be."""
        held, self._held = self._held, []
        if held:
            await_(self._written(held))

    def forget(self) -> None:
        """Drops what was held back: its transaction is taken back."""
        self._held = []

    async def fetched(self, sql: str, values: Sequence[Any]) -> tuple[list[Any], str]:
        """The records that a statement answers, and the word of the server."""
        statement = await self._statement(sql)
        return await statement.fetch(*values), statement.get_statusmsg()

    async def types(self, sql: str) -> list[str]:
        """The names of the types of its values."""
        return [one.name for one in (await self._statement(sql)).get_parameters()]

    # -- inside ------------------------------------------------------------------------------------------------------

    def _asked(self, sql: str, values: Sequence[Any]) -> Rows:
        rows, said = await_(self.fetched(sql, values))
        number = said.rpartition(" ")[2]
        return Rows(map(tuple, rows), int(number) if number.isdigit() else -1)

    async def _statement(self, sql: str) -> Any:
        found = self._prepared.get(sql)
        if found is None:
            if len(self._prepared) >= STATEMENTS:
                self._prepared.clear()
            found = self._prepared[sql] = await self._connection.prepare(_numbered(sql))
        return found

    async def _opened(self, sql: str, values: Sequence[Any]) -> Any:
        return await (await self._statement(sql)).cursor(*values)

    async def _written(self, held: Sequence[_Held]) -> None:
        """Writes these, each about another table. What has no form for many rows goes by itself, row by row."""
        texts: list[str] = []
        values: list[Any] = []
        for sql, rows in held:
            if _PLACES.search(sql):
                texts.append(_PLACES.sub(unnested(tuple(await self.types(sql))), sql))
                values += zip(*rows, strict=True)
            elif len(rows) == 1:
                texts.append(sql)
                values += rows[0]
            else:
                await (await self._statement(sql)).executemany(rows)
        if texts:
            *first, last = texts
            apart = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(first))
            await self.fetched(f"WITH {apart} {last}" if first else last, values)


@lru_cache(maxsize=512)
def unnested(types: tuple[str, ...]) -> str:
    """The rows of values that come as arrays, a column each."""
    return f"SELECT * FROM unnest({', '.join(f'CAST(? AS {name}[])' for name in types)})"  # noqa: S608 names of types


def _table(sql: str) -> str:
    found = _TABLE.match(sql)
    return found[1] if found is not None else ""


def _numbered(sql: str) -> str:
    parts = sql.replace("CROSS JOIN", "JOIN").split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]
