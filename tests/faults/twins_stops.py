# SPDX-License-Identifier: EUPL-1.2
"""Broken twins of stops, of what is kept after them, and of the ledger."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from tests.faults.patching import place, replace, rewrite, twin

# -- stops, and what is kept after them -----------------------------------------------------------------------------


def _decisions_cached(seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    def made(decide: Any) -> Any:
        known: dict[Any, tuple[float, Any]] = {}

        def cached(question: Any, grant: Any, now: int) -> Any:
            key, moment = (question.grant, question.caseworker), clock()
            if key not in known or moment - known[key][0] > seconds:
                known[key] = moment, decide(question, grant, now)
            return known[key][1]

        return cached

    replace("consent.asking:decide", made)


@twin("P01", "consent/test_asking.py::test_the_very_next_look_after_a_stop_is_refused")
def decisions_cached_for_five_milliseconds() -> None:
    """A decision is remembered for 5 milliseconds. (Seen where nothing else takes time: over HTTP a stop takes longer. They
    are counted in time of this processor: what else a machine does leaves them as long as they are.)"""
    _decisions_cached(0.005, time.process_time)


@twin("P01", "faults/test_p01_stop_then_read.py::test_no_read_that_begins_after_a_stop_succeeds[one]", where="servers")
def decisions_cached() -> None:
    """A decision is remembered for 200 milliseconds, among 32 readers over HTTP."""
    _decisions_cached(0.2)


@twin("P02", "faults/test_p02_kept_after_a_stop.py", where="servers")
def decided_outside_the_log() -> None:
    """The decision is read before the log's transaction; the entry follows whatever happened meanwhile."""
    module = place("consent.asking:decide")[0]
    vars(module)["EARLY"] = {}

    def made(ask: Any) -> Any:
        async def early(self: Any, look: Any) -> Any:
            def judge(connection: Any, now: int) -> Any:
                driver = vars(module)["store"].driver(connection)
                case = vars(module)["load"](driver, [(look, self._emp(look))], now)[0]
                return vars(module)["decide"](*case.question_and_facts(), now)

            vars(module)["EARLY"][look.question] = await self._ledger.view(judge)
            await asyncio.sleep(0.15 if look.stage == "read" else 0)
            return await ask(self, look)

        return early

    replace("consent.asking:Asking.ask", made)
    judged = "decide(*case.question_and_facts(), now)"
    rewrite("consent.asking:Asking._gather", judged, f"EARLY.pop(case.look.question, None) or {judged}")


_BROUGHT = "gateway/test_brought_once.py::test_cut_off_and_brought_again[complete, and the answer lost-{}]"


@twin("P03", _BROUGHT.format("at once"))
def brought_under_a_new_id() -> None:
    """A source that was cut off begins anew, as if nothing had left."""
    rewrite("kluisje.bringing:_Bringing._once", "self._notes.tries.get(one.key)", "None")


@twin("P03", "gateway/test_brought_once.py::test_cut_off_and_brought_again[between two pieces-after ten minutes]")
def half_counts_as_there() -> None:
    """What never arrived whole keeps its id taken, and the source takes that for all of it."""
    replace("vault.depositing:_make_room", lambda _: lambda vault, connection, place, blobs: None)


# -- the ledger --------------------------------------------------------------------------------------------------


def _answered_before_the_commit(earlier: float = 0) -> None:
    work = "result = work(self._writer)"
    rewrite("chassis.sqlite:Sqlite.write", work, f"{work}; await asyncio.sleep({earlier})")
    rewrite(
        "consent.ledger:Ledger._fill",
        "self._seal(base, head, batch)",
        "self._seal(base, head, batch); self._answer(taken, batch)",
    )


@twin("P03", "faults/test_p03_killed.py::test_kill_nine_loses_nothing_that_was_acknowledged", where="servers")
def event_written_after_the_answer() -> None:
    """Who looks is answered first; the entry is committed when the answer has left."""
    _answered_before_the_commit(0.1)


@twin("P04", "consent/test_ledger_failing.py::test_failing_commits_answer_nobody_and_answers_are_entries")
def answered_when_queued() -> None:
    """A batch is answered when its lines are made, not when they are committed."""
    _answered_before_the_commit()


@twin("P05", "consent/test_ledger_killed.py::test_kill_nine_loses_nothing_and_forks_nothing")
def checkpoint_before_commit() -> None:
    """A checkpoint leaves before the tree below it is committed: after a crash the same size has another root."""
    _answered_before_the_commit(0.002)


@twin("P27", "consent/test_ledger_failing.py::test_without_an_entry_there_is_no_answer", "consent/test_asking.py")
def failure_swallowed() -> None:
    """The log cannot be written, and the answer is given all the same."""
    rewrite("consent.ledger:Ledger._fail", "set_exception(problem)", "set_result(job.value)")


@twin("P29", "consent/test_asking.py::test_open_from_the_first_second_until_before_the_last")
def no_high_water_mark() -> None:
    """`now` is what the clock says, also when it was set back."""
    rewrite("consent.ledger:Ledger._head", "max(self._clock.now(), current.now if current else 0)", "self._clock.now()")
