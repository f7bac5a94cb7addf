# SPDX-License-Identifier: EUPL-1.2
"""The broken twins: the same system with one fault switched on. A twin that is not caught fails the build.

Each is a few lines that name the promise it breaks, the checks of which one has to catch it, and where the fault works:
`here` (in the process of the test), `servers` (in those that the test starts) or `client` (in the one it starts to play).
Shipped code has no switches: a twin rewrites the code it meets, and fails when what it rewrites is gone.

Twins of the page itself need a browser and a build of another source, so they lie with their tests:
`prf` posted (P12): tests/browser/test_traffic.py::test_a_page_that_posts_the_secret_is_caught
the desk that checks less (P12): tests/browser/test_desk_checks.py::test_a_page_that_checks_less_is_caught
formats that compare no place (P21): tests/browser/test_formats_in_chromium.py::test_a_page_that_checks_less_is_caught
"""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

from formats.authorship import sign_record
from formats.sealing import seal_record
from formats.spelling import b64u, new_id
from tests.faults import (  # noqa: F401 each lists its own
    twins_desk,
    twins_gateway,
    twins_postgresql,
    twins_states,
    twins_stops,
    twins_teams,
    twins_vault,
)
from tests.faults.patching import TWINS, find, place, replace, retext, rewrite, twin

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


@twin("P37", "chatbot/test_crisis.py::test_the_second_ear_hears_what_no_phrase_has")
def second_ear_is_deaf() -> None:
    """Only what is listed is heard as a cry for help."""
    rewrite("chatbot.crisis:Listening.hears", "second if share >= self._fires else None", "None")


@twin("P37", "chatbot/test_crisis.py::test_sets_whole_texts_and_what_is_unclear")
def every_cry_is_unclear() -> None:
    """One word about a game silences also what is clear."""
    rewrite(
        "chatbot.crisis:_silenced", "return frozenset()", "return frozenset(s for one in groups.values() for s in one)"
    )


@twin("P37", "chatbot/test_learned.py::test_other_content_is_never_answered_from_what_was_kept")
def stale_words_answer() -> None:
    """What was made ready of earlier content is opened, whatever the content says now."""
    rewrite("chatbot.ready:opened", "kept is not None and same", "kept is not None")


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


RESTORED = "consent/test_restoring.py::test_nothing_is_read_before_her_own_device_opens_it_again"


@twin("P30", RESTORED)
def restore_not_looked_for() -> None:
    """Any database will do: also the one of a week ago, in which nothing was stopped yet."""
    replace("consent.restoring:_holds", lambda _: lambda connection, kept: True)


@twin("P30", RESTORED)
def restored_and_not_paused() -> None:
    """After a restore consent goes on as if nothing had happened."""
    replace("consent.store_pauses:not_paused", lambda _: lambda connection, limit: [])


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


@twin("P36", "chassis/test_crowd.py")
def crowd_answered_in_another_order() -> None:
    """What one asked together with others is answered to another."""
    rewrite("chassis.crowd:replies", "found.append(", "found.insert(0, ")


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
    rewrite("chassis.together:Together._answer", "answer.set_exception(error)", "answer.set_result((None, None))")


@twin("P21", "formats/test_sealing_refusals.py::test_a_key_holder_cannot_move_a_text_to_another_place")
def place_inside_not_compared() -> None:
    """Where an author's text says that it belongs is not compared with where it was found."""
    rewrite(
        "formats.sealing:_read",
        "if (inside.vlt, inside.drw, inside.rid, inside.ver) != (vlt, drw, rid, ver):",
        "if False:",
    )


# -- staying well ------------------------------------------------------------------------------------------------


def _keeps_at_each_look(keep: Callable[[], Any]) -> None:
    kept: list[Any] = []

    def made(read: Any) -> Any:
        async def keeps(self: Any, *given: Any) -> Any:
            kept.append(keep())
            return await read(self, *given)

        return keeps

    replace("gateway.access:Access.read", made)


@twin("P35", "faults/test_p35_stays_well.py", where="servers")
def a_kept_task() -> None:
    """Each look leaves a task behind that holds on to an answer, and waits for ever."""
    _keeps_at_each_look(lambda: asyncio.create_task(asyncio.sleep(86_400, bytearray(200_000))))


@twin("P35", "faults/test_p35_stays_well.py", where="servers")
def a_kept_connection() -> None:
    """Each look opens a connection that nobody closes."""
    _keeps_at_each_look(socket.socket)


__all__ = ["TWINS", "find"]
