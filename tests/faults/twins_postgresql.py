# SPDX-License-Identifier: EUPL-1.2
"""Broken twins of what holds on PostgreSQL."""

from chassis.postgresql import EVERYBODY
from tests.faults.patching import retext, rewrite, twin


@twin("P26", "postgresql/test_killed.py::test_kill_nine_of_the_database_loses_nothing")
def answered_before_postgresql_committed() -> None:
    """A look is answered when its lines are written; the COMMIT goes out a little later."""
    work = "result = await line.run(work)"
    rewrite("chassis.postgresql:Postgresql._once", work, f"{work}; await asyncio.sleep(0.2)")
    seals = "self._seal(base, head, batch)"
    rewrite("consent.ledger:Ledger._fill", seals, f"{seals}; self._answer(taken, batch)")


@twin("P06", "postgresql/test_two_processes.py::test_two_processes_write_one_log")
def no_turns_between_processes() -> None:
    """Each process takes turns with itself only."""
    retext("chassis.postgresql:_ALONE", f"; SELECT pg_advisory_xact_lock({EVERYBODY})", "")


@twin("P04", "postgresql/test_database.py::test_a_commit_that_the_server_answers_with_rollback_is_no_yes")
def rollback_taken_for_a_commit() -> None:
    """Whatever the server answers to a COMMIT counts as done."""
    rewrite("chassis.postgresql:Postgresql._commit", '!= "COMMIT"', "is None")


@twin("P32", "postgresql/test_moving.py::test_everything_is_there_and_goes_on")
def move_that_only_counts() -> None:
    """Rows go over with their bytes turned round, and the move compares nothing but how many there are."""
    turned = "[tuple(v[::-1] if isinstance(v, bytes) else v for v in row) for row in page]"
    rewrite("chassis.moving:_copy", "base.executemany(put, page)", f"base.executemany(put, {turned})")
    rewrite("chassis.moving:_fingerprint", "count, digest.hexdigest()", 'count, ""')


@twin("P33", "chassis/test_address.py", "faults/test_p33_required_settings.py")
def database_elsewhere_in_the_open() -> None:
    """Any mode of TLS will do: also the one that takes whoever answers for the database."""
    rewrite("chassis.address:safe_address", "modes != [SAFE]", "not modes")


ILL = "postgresql/test_p25_ill_wires.py::test_an_ill_wire_gives_503_in_time_and_no_data_and_heals"


def _neighbours_waited_for() -> None:
    rewrite("chassis.outside:Outside._send", "asyncio.timeout(ANSWER_SECONDS)", "asyncio.timeout(60)")
    rewrite("chassis.outside:Outside.ask", "asyncio.timeout(ANSWER_SECONDS)", "asyncio.timeout(60)")
    rewrite("chassis.outside:Outside._open", "sock_read=ANSWER_SECONDS", "sock_read=60")


@twin("P25", ILL, where="servers")
def silent_database_waited_for() -> None:
    """No statement has a time: whoever asks a database that says nothing waits for ever."""
    rewrite("chassis.postgresql_connections:Connections.__init__", '"command_timeout": SECONDS,', "")
    _neighbours_waited_for()


@twin("P25", ILL, where="servers")
def silent_neighbour_waited_for() -> None:
    """A neighbour may take as long as it likes."""
    _neighbours_waited_for()
