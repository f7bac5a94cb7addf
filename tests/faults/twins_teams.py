# SPDX-License-Identifier: EUPL-1.2
"""Broken twins of what teams are told, owe and can show, and of the directory."""

from typing import Any

from formats.jose import peek
from formats.organisation import Organisation
from formats.spelling import FormatError, sid
from tests.faults.patching import replace, rewrite, twin

# -- what teams are told, owe and can show -------------------------------------------------------------------------


@twin("P03", "consent/test_telling.py::test_an_event_comes_until_it_is_acknowledged_and_then_never_again")
def event_gone_when_handed_out() -> None:
    """An event counts as delivered when it leaves, not when the organisation says that it came."""
    look = "await registry.ledger.view(look)"
    gone = "await registry.ledger.run(lambda c, batch: store_telling.acknowledge(c, team, list(told.sets), batch.now))"
    rewrite("consent.telling:poll", f"return {look}", f"told = {look}; {gone}; return told")


@twin("P03", "gateway/test_pushing.py::test_a_receiver_that_is_away_is_tried_again_and_gets_each_once")
def silence_counts_as_taken() -> None:
    """An event that was pushed to nobody is acknowledged all the same."""
    silence = "except Problem:\n            done.well = False"
    rewrite("gateway.pushing:Pushing._deliver", silence, "except Problem:\n            done.ack.append(event)")


@twin("P16", "consent/test_telling.py::test_nobody_is_told_or_acknowledges_what_is_another_teams")
def events_told_to_another_team() -> None:
    """Whoever polls gets what waits, whoever it is for."""
    every = "SELECT id, token FROM events_out WHERE acknowledged_at IS NULL ORDER BY made_at, id LIMIT ?"
    read = f"connection.exec_driver_sql({every!r}, (most,)).mappings().all()"
    rewrite("consent.store_telling:waiting", "return every(", f"return {read} or every(")


@twin("P16", "consent/test_closing.py::test_a_closing_of_another_team_is_not_taken")
def closing_of_another_team_taken() -> None:
    """A closing is looked up by its grant alone: any team may say that it erased."""
    rewrite("consent.closing:_owed", "duty = store_telling.duty(connection, team, jti)\n    if duty is None:\n        row", (
        "of = connection.exec_driver_sql('SELECT team FROM duties WHERE jti = ?', (jti,)).scalar()\n"
        "    duty = store_telling.duty(connection, of or team, jti)\n    if duty is None:\n        row"
    ))  # fmt: skip
    rewrite("consent.closing:_fits", 'duty["team"]', "said.iss")


@twin("P16", "consent/test_evidence.py::test_it_holds_the_teams_own_looks_at_this_grant_and_nothing_else")
def evidence_holds_another_grant() -> None:
    """Evidence shows every look of the team at this vault, under whichever grant."""
    rewrite(
        "consent.evidence:is_own",
        '(event.claims["by"], event.claims["gnt"]) == (team, jti)',
        'event.claims["by"] == team',
    )


@twin("P23", "consent/test_evidence.py::test_no_reason_and_no_stop_of_hers_is_in_it")
def evidence_tells_why() -> None:
    """Evidence holds refused looks too, each with its true reason."""
    replace("consent.evidence:_ITS_OWN", lambda kinds: kinds | {"refused"})


@twin("P23", "consent/test_telling.py::test_no_answer_is_told_for_all_in_one_hour_and_in_no_order")
def no_answer_told_at_once() -> None:
    """A refusal is told when it is given, not when the question expires."""
    told = '_account(registry, connection, batch, vault, row, "Question refused")'
    early = 'tell_answered(registry, connection, batch.now, address=vault["bsn"], request=row["id"], team=row["team"])'
    rewrite("consent.answering:_no", told, f"{told}; {early}")


@twin("P17", "consent/test_taking_over.py::test_a_suspended_colleague_is_refused_at_the_very_next_look")
def suspensions_cached() -> None:
    """Who is suspended is asked once and remembered."""

    def made(suspended: Any) -> Any:
        known: dict[Any, Any] = {}
        return lambda base, subjects: known.setdefault(tuple(subjects), suspended(base, subjects))

    replace("consent.ledger_store:suspended", made)


@twin("P16", "consent/test_explaining.py::test_another_team_sees_and_answers_nothing")
def questions_shown_to_another_team() -> None:
    """ "Waarom keek je?" is found by its id alone."""
    one = "SELECT * FROM questions WHERE id = ?"
    read = f"connection.exec_driver_sql({one!r}, (identifier,)).mappings().first()"
    rewrite("consent.store_telling:asked_of_team_one", "return first(", f"return {read} or first(")


@twin("P13", "consent/test_decision_exhaustive.py::test_every_combination_answers_the_first_reason_that_holds")
def pause_asked_too_late() -> None:
    """A pause is looked at after the review: who asks learns another reason than the first."""
    rewrite("consent.decision:_registry", "if grant.paused:", "if grant.paused and _review_since(grant, now) is None:")


@twin("P16", "consent/test_catalogue_signed.py::test_what_is_not_what_was_signed_is_not_read")
def rules_not_compared_with_what_was_signed() -> None:
    """The signature over the rules is checked, and the files that it names are not."""
    rewrite(
        "consent.catalogue_signed:load_signed", "if said.files.get(path) != H(files[path])", "if path not in said.files"
    )


# -- the directory -----------------------------------------------------------------------------------------------


@twin("P29", "consent/test_granting.py::test_a_key_of_71_hours_receives_nothing_and_one_of_72_does")
def key_counts_at_once() -> None:
    """A key of the directory counts from the moment it is logged."""
    rewrite("consent.directory:_logged", "batch.now + WAIT", "batch.now")


@twin("P29", "consent/test_directory.py::test_a_changed_name_is_shown_after_72_hours_with_its_proof")
def name_is_shown_at_once() -> None:
    """A changed name is shown with the next tending, whatever the log says."""
    rewrite("consent.directory:show_due", "listings_due(connection, now,", "listings_due(connection, now + 3 * 86400,")


@twin("P16", "consent/test_directory.py::test_nobody_elses_word_and_nothing_old_is_taken")
def anybodys_statement_of_a_team() -> None:
    """What is said of a team is checked with the key that the statement itself came with."""
    replace("consent.directory:verify_organisation", lambda real: lambda token, key: _unchecked(real, token, key))


def _unchecked(real: Any, token: str, key: Any) -> Any:
    """The statement as it says it is, whoever signed it."""
    try:
        return real(token, key)
    except FormatError:
        claims = peek(token)[1]
        given = [claims[name] for name in ("iss", "sub", "enc", "sig")]
        return Organisation(token, sid(token), *given, (), claims["iat"], claims["exp"])


@twin("P17", "consent/test_directory.py::test_a_suspension_and_a_withdrawn_key_count_at_the_next_call")
def suspended_team_is_served() -> None:
    """A team that was suspended goes on with the grants it has."""
    rewrite("consent.look:Case.question_and_facts", "organisation_suspended=", "organisation_suspended=False and ")
