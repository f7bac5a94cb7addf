# SPDX-License-Identifier: EUPL-1.2
"""What SQLite would walk through: the steps of a statement's plan that read a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that run on it meanwhile, with their places for values: each once."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement not in seen:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def walks(connection: Connection, statement: str) -> set[str]:
    """The tables that it reads from end to end. An index that holds only what is asked for (a partial one) is none."""
    values = (None,) * statement.count("?")
    steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    return {step.split()[1] for step in steps if step.startswith("SCAN") and " USING " not in step}
