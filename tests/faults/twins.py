# SPDX-License-Identifier: EUPL-1.2
"""The broken twins: the same system with one fault switched on. A twin that is not caught fails the build.

Each is a few lines that name the promise it breaks, the checks of which one has to catch it, and where the fault works:
`here` (in the process of the test), `servers` (in those that the test starts) or `client` (in the one it starts to play).
Shipped code has no switches: a twin rewrites the code it meets, and fails when what it rewrites is gone.

Twins of the page itself need a browser and a build of another source, so they lie with their tests:
`prf` posted (P12): tests/browser/test_traffic.py::test_a_page_that_posts_the_secret_is_caught
"""

import asyncio
import json
import time
from typing import Any

from formats.authorship import sign_record
from formats.jose import peek
from formats.organisation import Organisation
from formats.sealing import seal_record
from formats.spelling import FormatError, b64u, new_id, sid
from tests.faults import twins_desk, twins_gateway, twins_postgresql  # noqa: F401 list their own
from tests.faults.patching import TWINS, find, place, replace, retext, rewrite, twin

# -- stops, and what is kept after them -----------------------------------------------------------------------------


def _decisions_cached(seconds: float) -> None:
    def made(decide: Any) -> Any:
        known: dict[Any, tuple[float, Any]] = {}

        def cached(question: Any, grant: Any, now: int) -> Any:
            key, moment = (question.grant, question.caseworker), time.monotonic()
            if key not in known or moment - known[key][0] > seconds:
                known[key] = moment, decide(question, grant, now)
            return known[key][1]

        return cached

    replace("consent.asking:decide", made)


@twin("P01", "consent/test_asking.py::test_the_very_next_look_after_a_stop_is_refused")
def decisions_cached_for_five_milliseconds() -> None:
    """A decision is remembered for 5 milliseconds. (Seen where nothing else takes time: over HTTP a stop takes longer.)"""
    _decisions_cached(0.005)


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


# -- permits and places ------------------------------------------------------------------------------------------


@twin("P07", "vault/test_permits.py::test_an_unused_permit_of_before_a_restart")
def permits_of_before_the_start_taken() -> None:
    """Used permits are in memory, and those of an earlier process are taken."""
    rewrite("vault.permits:Permits.admit", "if permit.at <= self._started:", "if False:")


@twin("P07", "vault/test_permits.py::test_a_permit_opens_once_of_ten_and_never_after_a_restart")
def permits_checked_then_inserted() -> None:
    """A permit is looked up first and claimed when the answer is on its way: several at once find it unused."""
    looks = "if (permit.origin, permit.index) in self._used:\n            raise PermitUsed\n        "
    later = "await asyncio.sleep(0.001)\n        self._used.add((permit.origin, permit.index))"
    rewrite("vault.permits:Permits.admit", "self._claim(permit)", looks + later)


@twin("P08", "consent/test_entering.py::test_a_hundred_races_for_one_number_have_one_winner_each")
def chain_may_fork() -> None:
    """Nothing keeps a number of a chain from being written twice: the last one stays."""
    rewrite("consent.entering:_checked", "follows(chain.last, new)", "pass")
    rewrite("consent.store:move_chain", "== 1", ">= 0")
    replace("consent.store:_PUT_STATEMENT", lambda statement: statement.prefix_with("OR REPLACE"))


@twin("P09", "vault/test_places.py::test_each_field_of_each_write")
def record_id_not_compared() -> None:
    """The record id in a sealed header is not compared with the path."""
    rewrite("vault.component:must_lie", "in asked.items()", 'in {k: v for k, v in asked.items() if k != "rid"}.items()')


@twin("P09", "vault/test_places.py::test_each_field_of_each_write")
def vault_not_compared() -> None:
    """The vault in a sealed header is not compared with the path."""
    rewrite("vault.component:must_lie", "in asked.items()", 'in {k: v for k, v in asked.items() if k != "vlt"}.items()')


@twin("P10", "vault/test_depositing.py::test_races_of_close_and_deposit")
def epoch_read_before_the_transaction() -> None:
    """The newest epoch is read first; the deposit is written later, whatever closed meanwhile."""
    module = place("vault.depositing:deposit")[0]
    early = vars(module).setdefault("EARLY", {})
    assert early == {}
    rewrite(
        "vault.depositing:deposit",
        'permit = await vault.permits.admit(given, "deposit")',
        "EARLY[place.rid] = await vault.database.read(lambda c: store.drawer(c, place.vlt, place.drw)); "
        'import asyncio; await asyncio.sleep(0.005); permit = await vault.permits.admit(given, "deposit")',
    )
    rewrite("vault.depositing:_take_in", "if place.box != drawer.box:", "if place.box != EARLY[place.rid].box:")


@twin("P11", "vault/test_reading.py::test_an_envelope_reaches_only_the_grant_that_names_it")
def envelopes_found_by_drawer_alone() -> None:
    """Envelopes are looked up by drawer: those of other grants come along."""
    retext("vault.store_handouts:ENVELOPES", "gnt = ?", "(gnt = ? OR 1)")


# -- blind, and agreeing ---------------------------------------------------------------------------------------------


@twin("P12", "faults/test_p12_blind_servers.py::test_no_mark_is_found_in_any_server[one]", where="client")
def one_record_unsealed() -> None:
    """The client forgets to encrypt one record: where the ciphertext belongs stands the text itself."""

    def made(drops: Any) -> Any:
        async def forgets(self: Any, record: Any) -> None:
            keyring, rid = self._open.keys.keyring, new_id()
            jws = sign_record(
                keyring.sig, iss=f"vault:{self.vlt}", vlt=self.vlt, drw=record.drw, rid=rid, ver=1, sch=record.sch,
                prv=None, iat=self.device.http.clock(), body=dict(record.body),
            )  # fmt: skip
            head, key, nonce, _, tag = seal_record(jws, keyring.newest(record.drw)).split(".")
            jwe = ".".join((head, key, nonce, b64u(jws.encode()), tag))
            await self.device.vault("PUT", f"/drawers/{record.drw}/records/{rid}/versions/1", json={"jwe": jwe})
            await drops(self, record)

        return forgets

    replace("kluisje.person:Person.drops", made)


@twin("P13", "gateway/test_access.py::test_a_grant_that_does_not_say_so_itself_gives_nothing")
def signed_grant_not_looked_into() -> None:
    """The gateway believes consent, whatever the signed grant says."""
    rewrite("gateway.access:Access._look", "if reason is not None:", "if False:")


HISTORIES = "faults/test_p15_histories.py"


@twin("P15", HISTORIES)
def the_end_belongs_to_it() -> None:
    """A grant is still open in the second in which it ends."""
    rewrite("formats.grant:why_not", "if now >= grant.exp:", "if now > grant.exp:")


@twin("P15", HISTORIES)
def a_stop_of_one_stops_all() -> None:
    """Whoever stops one grant stops all of hers."""
    one = 'store_grants.end(connection, row["vlt"], row["jti"], now, why, by)'
    every = 'any([store_grants.end(connection, row["vlt"], one["jti"], now, why, by) for one in hers])'
    hers = 'hers = store_grants.running(connection, row["vlt"], now)\n    '
    rewrite("consent.ending:end_grant", f"if not {one}:", f"{hers}if not {every}:")


@twin("P15", HISTORIES)
def drawer_ignored() -> None:
    """A grant of one drawer opens the others."""
    rewrite("formats.grant:why_not", "if not {drawer.id for drawer in grant.drawers}.issuperset(drawers):", "if False:")


@twin("P15", HISTORIES)
def refusals_not_written() -> None:
    """A refusal leaves no line."""
    rewrite("consent.look:Case.refuse", 'batch.append_look("refused", vlt, last, members)', "pass")


@twin("P15", HISTORIES)
def owner_unchecked() -> None:
    """Nobody asks whose grant it is."""
    rewrite("consent.decision:_whose", "if question.team != grant.team:", "if False:")


@twin("P15", HISTORIES)
def pause_skipped() -> None:
    """A paused grant is read on."""
    rewrite("consent.decision:_registry", "if grant.paused:", "if False:")


# -- doors -------------------------------------------------------------------------------------------------------


@twin("P16", "gateway/test_callers.py::test_details_that_do_not_suffice_are_403_before_anything_is_asked")
def any_action_with_any_token() -> None:
    """A token to read asks and deposits as well."""
    rewrite("gateway.details:Details.cover", "return False", "return True")


@twin("P17", "faults/test_p17_one_reason_is_enough.py")
def suspension_ignored() -> None:
    """One source of a no is not asked: suspended caseworkers look on."""
    rewrite(
        "consent.decision:_who",
        'return "caseworker-suspended" if question.caseworker_suspended else None',
        "return None",
    )


@twin("P19", "chassis/test_application.py::test_bad_bodies")
def json_read_loosely() -> None:
    """Bodies are read with the library's own idea of JSON."""
    replace("chassis.bodies:parse_json", lambda _: json.loads)


@twin("P20", "gateway/test_tokens.py::test_what_was_spent_stays_spent_after_a_restart")
def proofs_in_memory() -> None:
    """Used proofs are kept in memory, and forgotten with the process."""

    def made(_: Any) -> Any:
        used: set[Any] = set()

        def use(connection: Any, jkt: str, jti: str, now: int) -> bool:
            mark = (id(connection.engine), jkt, jti)
            fresh = mark not in used
            used.add(mark)
            return fresh

        return use

    replace("gateway.store:use_proof", made)


@twin("P22", "gateway/test_front.py::test_nothing_that_was_sent_comes_back_or_is_logged")
def input_logged() -> None:
    """What was sent is printed before it is read."""
    replace("gateway.details:parse_json", lambda parse: lambda data: (print(data), parse(data))[1])


_LOST = (
    "consent/test_losing.py",
    "vault/test_losing.py",
    "gateway/test_person.py::test_another_device_stops_a_lost_one",
)


@twin("P20", _LOST[0])
def lost_device_goes_on_at_consent() -> None:
    """Consent keeps that a device was stopped, and does not look."""
    rewrite("consent.store_devices:stands", 'if row["stopped_at"] is not None:', "if False:")


@twin("P20", _LOST[1])
def lost_device_goes_on_at_the_vault() -> None:
    """The vault does the same."""
    replace("vault.store_devices:stands", lambda _: lambda c, vlt, jkt, now: True)


@twin("P20", _LOST[2])
def lost_device_gets_its_tokens() -> None:
    """The sign-in of a lost device ends, and with the same key it begins another."""
    replace("gateway.store_devices:is_stopped", lambda _: lambda connection, subject, jkt: False)


@twin("P22", "chatbot/test_answers.py::test_nothing_that_was_typed_is_on_disk_or_in_a_log", where="servers")
def typed_text_logged() -> None:
    """What somebody typed to the helper is written to its log."""
    counted = "helper.tally.count(found.rule, helper.clock.now())"
    rewrite("chatbot.api:routes", counted, f"{counted}; print(question.text, flush=True)")


@twin("P37", "chatbot/test_crisis.py::test_it_goes_first")
def numbers_before_crisis() -> None:
    """Who types a number with a cry for help is told about the number first."""
    heard = "if alarm is not None:"
    rewrite("chatbot.answering:Answering.answer", heard, "if alarm is not None and not found_in(text, self._lines):")


@twin("P37", "chatbot/test_crisis.py::test_sets_whole_texts_and_what_is_unclear")
def every_cry_is_unclear() -> None:
    """One word about a game silences also what is clear."""
    rewrite(
        "chatbot.crisis:_silenced", "return frozenset()", "return frozenset(s for one in groups.values() for s in one)"
    )


@twin("P23", "gateway/test_access.py::test_unknown_and_not_yours_are_the_same_bytes")
def told_that_it_is_anothers() -> None:
    """A grant of another team is told of, one that does not exist is 404."""

    def made(own: Any) -> Any:
        def of_any_team(connection: Any, team: str, jti: str) -> Any:
            of = connection.exec_driver_sql("SELECT team FROM grants WHERE jti = ?", (jti,)).scalar()
            return own(connection, of or team, jti)

        return of_any_team

    replace("consent.api_gateway:own_grant", made)


@twin("P23", "consent/test_alike.py")
def a_stop_is_not_answered_for() -> None:
    """What a team owes after an end date it does not owe after a stop of hers."""
    rewrite("consent.ending:end_grant", "act=grant.act,", 'act=grant.act if why != "withdrawn" else "deposit",')


@twin("P23", "consent/test_alike.py")
def take_over_says_stopped() -> None:
    """Who takes over a case after a stop is told so in other words than after an end date."""
    ended = 'LookRefused(No("ended"))'
    other = '(LookRefused(No("paused")) if row["ended_why"] == "withdrawn" else LookRefused(No("ended")))'
    rewrite("consent.taking_over:take_over", ended, other)


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


# -- failing -----------------------------------------------------------------------------------------------------


@twin("P25", "gateway/test_access.py::test_a_part_that_is_away_means_503_and_no_data")
def part_away_is_an_inner_fault() -> None:
    """A part that is away makes an answer of 500 instead of 503."""
    rewrite("chassis.calls:Inside.post", "raise unavailable() from error", "raise")


@twin("P28", "faults/test_p28_full_disk.py")
def two_commits() -> None:
    """The drawer's head moves in a commit of its own, before the record."""
    rewrite(
        "vault.heads:advance",
        "return Head(drawer.n + 1, h)",
        "connection.connection.driver_connection.execute('COMMIT'); "
        "connection.connection.driver_connection.execute('BEGIN IMMEDIATE'); return Head(drawer.n + 1, h)",
    )


@twin("P31", "vault/test_tables.py::test_down_and_up_again")
def way_down_forgets_a_table() -> None:
    """The way down leaves a table behind."""
    from alembic import op

    drop = op.drop_table
    op.drop_table = lambda name, *a, **k: None if name == "singles" else drop(name, *a, **k)


@twin("P33", "faults/test_p33_required_settings.py")
def issuer_has_a_default() -> None:
    """The identity issuer has a default, so that a forgotten setting goes unnoticed."""
    settings = place("gateway.settings:GatewaySettings")[0].GatewaySettings
    settings.model_fields["identity_issuer"].default = "urn:oin:00000005000000003000"
    settings.model_rebuild(force=True)


@twin("P36", "faults/test_p36_both_wirings.py", where="servers")
def short_cut_past_the_token() -> None:
    """In one process whoever calls from outside counts as the gateway."""
    rewrite("chassis.callers:Callers._part", 'scope.get("kluisje.peer")', 'scope.get("kluisje.peer", "gateway")')


@twin("P17", "gateway/test_administering.py::test_a_suspended_client_stops_at_its_next_call")
def suspended_client_goes_on() -> None:
    """A suspended client gets no new token, and goes on with the one it has."""
    retext("gateway.store:STANDS", " AND c.active = 1", "")


@twin(
    "P16",
    "gateway/test_certificates.py::test_in_production_no_organisations_client_is_registered_without_its_certificate",
)
def certificate_of_another_organisation() -> None:
    """Any certificate under a pinned root will do, whosever it is."""
    rewrite("gateway.certificates:check_certificate", "if numbers != [oin]:", "if False:")


@twin("P20", "gateway/test_administering.py::test_two_keys_for_thirty_days")
def replaced_key_counts_for_good() -> None:
    """A key that was replaced proves its client for ever."""
    rewrite("gateway.registering:Client.keys_at", ' if now < (self.end_of(jwk["kid"]) or now + 1)', "")


@twin("P04", "chassis/test_database.py::test_a_joint_commit_that_fails_answers_nobody")
def failed_joint_commit_is_a_yes() -> None:
    """What was written together is answered as done, though its commit failed."""
    failed = "outcomes = [(None, error)] * len(taken)"
    rewrite("chassis.database:Database._together", failed, failed.replace("error", "None"))


__all__ = ["TWINS", "find"]
