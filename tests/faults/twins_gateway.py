# SPDX-License-Identifier: EUPL-1.2
"""Broken twins of the gateway's rules: at least one for each attack of its table (`AGAINST`: twin -> attack)."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from authlib.oauth2.rfc7636 import CodeChallenge

from tests.faults.patching import replace, retext, rewrite, twin

AGAINST: dict[str, str] = {}
FRONT, TOKENS, CALLERS = "gateway/test_front.py", "gateway/test_tokens.py", "gateway/test_callers.py"
BAD, REQUESTS = "gateway/test_bad_requests.py", "gateway/test_request_object.py"
INTROSPECTION, ROTATING = "gateway/test_introspecting.py", "gateway/test_rotating.py"
PROFILE = "gateway/test_profile.py"
OVERRIDES = "gateway/test_overrides.py::test_the_override_holds_and_without_it_the_check_fails"


def against(attack: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Says which attack this twin lets in."""

    def listed(apply: Callable[[], None]) -> Callable[[], None]:
        AGAINST[apply.__name__.replace("_", "-")] = attack
        return apply

    return listed


# -- codes -------------------------------------------------------------------------------------------------------


@against("code stolen or injected")
@twin("P20", f"{TOKENS}::test_a_code_bound_by_dpop_jkt_wants_that_key")
def code_not_bound_to_its_key() -> None:
    """Whoever has a code redeems it with a key of their own."""
    rewrite(
        "gateway.grants:CodeGrant.query_authorization_code", "row.jkt not in (None, self.request.proof.jkt)", "False"
    )


@against("code stolen or injected")
@twin("P20", f"{TOKENS}::test_a_code_is_the_clients_the_keys_and_the_addresss_own")
def verifier_not_compared() -> None:
    """Any PKCE verifier will do."""
    replace("gateway.fapi:S256Only.validate_code_verifier", lambda _: lambda self, grant, result: None)


@against("code stolen or injected")
@twin("P20", f"{OVERRIDES}[pkce_absent]")
def pkce_is_optional() -> None:
    """A confidential client may leave PKCE out, as Authlib has it."""
    replace("gateway.fapi:S256Only.validate_code_challenge", lambda _: CodeChallenge.validate_code_challenge)


@against("code stolen or injected")
@twin("P20", f"{TOKENS}::test_a_code_is_the_clients_the_keys_and_the_addresss_own")
def address_of_a_code_not_compared() -> None:
    """A code is redeemed under another address than it was sent to."""
    rewrite("gateway.grants:Code.get_redirect_uri", "str(self.row.redirect_uri)", '""')


@against("races")
@twin("P20", f"{OVERRIDES}[sixteen_at_once]")
def code_read_and_not_claimed() -> None:
    """A code is looked up, and marked as spent by a statement that asks nothing."""

    def made(_: Any) -> Any:
        def read(connection: Any, code: str, client: str) -> Any:
            found = connection.exec_driver_sql("SELECT * FROM codes WHERE code = ?", (code,)).one_or_none()
            connection.exec_driver_sql("UPDATE codes SET used = 1 WHERE code = ?", (code,))
            return found

        return read

    replace("gateway.store:claim_code", made)


@against("two people's browsers swapped")
@twin("P20", f"{TOKENS}::test_a_code_of_more_than_sixty_seconds_ago_is_refused")
def code_lives_an_hour() -> None:
    """A code lives an hour: time enough to hand it to somebody."""
    replace("gateway.grants:CODE_SECONDS", lambda _: 3600)


@twin("P20", f"{TOKENS}::test_a_replayed_code_ends_what_its_first_use_made")
def replay_ends_nothing() -> None:
    """A code that comes a second time leaves the tokens of its first use alive."""
    replace("gateway.store:session_of_used_code", lambda _: lambda *given: None)


# -- in the browser ------------------------------------------------------------------------------------------------


@against("mix-up")
@twin("P20", f"{FRONT}::test_the_way_back_is_303_and_names_state_and_issuer")
def answers_without_issuer() -> None:
    """A client cannot tell which server answered it."""
    rewrite("gateway.server:Server.handle_response", '[("iss", self.issuer.name)]', "[]")


@against("request_uri swapped")
@twin("P20", f"{FRONT}::test_no_page_without_a_fresh_request_of_this_client")
def request_of_any_client() -> None:
    """A pushed request opens for whoever names it."""
    rewrite("gateway.authorizing:Authorizing._find", "row.client != client or ", "")


@against("front parameters overridden")
@twin("P20", f"{FRONT}::test_only_what_was_pushed_counts")
def front_parameters_count() -> None:
    """What stands in the browser's address replaces what was pushed."""
    rewrite(
        "gateway.authorizing:Authorizing.authorize",
        "client, parameters, shown = found",
        "client, parameters, shown = found; parameters |= {'state': given.get('state', '')}; "
        "await self._database.write(lambda c: c.exec_driver_sql("
        "'UPDATE pushed SET parameters = ? WHERE client = ?', (json.dumps(parameters), client.id)))",
    )


@against("login CSRF, leaked link")
@twin("P20", f"{FRONT}::test_the_decision_is_bound_to_the_browser")
def decision_in_any_browser() -> None:
    """The page's form may be sent from another browser than it was shown in."""
    rewrite("gateway.authorizing:Authorizing.decided", ' or fields.get("ticket") != H(cookie + address)', "")


@against("login CSRF, leaked link")
@twin("P20", f"{FRONT}::test_the_decision_is_bound_to_the_browser")
def return_in_any_browser() -> None:
    """Somebody else's browser finishes a sign-in."""

    def made(_: Any) -> Any:
        def take(connection: Any, state: str, cookie: str, now: int) -> Any:
            claim = "UPDATE sign_ins SET used = 1 WHERE state = ? AND used = 0 AND until > ? RETURNING *"
            return connection.exec_driver_sql(claim, (state, now)).one_or_none()

        return take

    replace("gateway.store:take_sign_in", made)


# -- who a client is -------------------------------------------------------------------------------------------------


@against("assertion forwarded")
@twin("P20", f"{BAD}::test_a_bad_assertion_is_refused")
def assertion_for_anybody() -> None:
    """An assertion made for another server counts here."""
    rewrite("gateway.fapi:PrivateKeyJwt.verify_claims", 'claims.get("aud") != self._issuer or ', "")


@twin("P20", f"{BAD}::test_a_bad_assertion_is_refused")
def assertion_for_ever() -> None:
    """How long an assertion lives is its maker's choice."""
    rewrite("gateway.fapi:check_times", " or exp - iat > longest or exp - now > longest + AHEAD", "")


@against("races")
@twin("P20", f"{TOKENS}::test_what_was_spent_stays_spent_after_a_restart")
def assertions_in_memory() -> None:
    """Used assertions are kept in memory, and forgotten with the process."""

    def made(_: Any) -> Any:
        used: set[Any] = set()

        def use(connection: Any, client: str, jti: str, until: int) -> bool:
            mark = (id(connection.engine), client, jti)
            fresh = mark not in used
            used.add(mark)
            return fresh

        return use

    replace("gateway.store:use_assertion", made)


@against("client posing as a subject")
@twin("P20", f"{PROFILE}::test_names_of_clients_caseworkers_and_persons_never_meet")
def client_may_be_called_anything() -> None:
    """A client is registered under a name that a caseworker or a vault could have."""
    any_name = re.compile("(.*)")
    oin = "00000001234567890000"
    replace("gateway.registering:_ID", lambda _: lambda text: any_name.fullmatch(oin) if text else SimpleNamespace())


@twin("P20", f"{BAD}::test_a_bad_token_request_is_refused")
def any_client_any_action() -> None:
    """What a client was registered for is not looked at: a system reads."""
    rewrite("gateway.details:of_members", "action in ACTIONS and action in allowed", "action in ACTIONS")


@against("one JWT used as another")
@twin("P20", f"{REQUESTS}::test_a_bad_request_object_is_refused")
def kinds_of_jwt_not_told_apart() -> None:
    """`typ` is not looked at: a client's assertion stands for its request."""
    rewrite("gateway.fapi:read_jwt", "typ.lower() not in types or ", "")


@twin("P20", f"{REQUESTS}::test_a_bad_request_object_is_refused")
def request_object_for_anybody() -> None:
    """A request that was signed for another server counts here."""
    rewrite("gateway.request_object:_claims", 'claims.get("aud") not in (issuer, [issuer]) or ', "")


@twin("P20", f"{REQUESTS}::test_who_signs_must_sign_and_who_does_not_may_not")
def signing_is_optional() -> None:
    """A client that signs its requests may leave it."""
    rewrite("gateway.request_object:unpack", "(token is not None) is not client.signs_requests", "False")


# -- tokens and proofs -------------------------------------------------------------------------------------------------


@against("token stolen")
@twin("P20", f"{CALLERS}::test_each_bad_proof_is_invalid_dpop_proof")
def token_not_bound_to_its_key() -> None:
    """A stolen token works with the thief's own key."""
    rewrite("gateway.callers:Callers._checked", 'claims["cnf"]["jkt"]', "None")


@against("proof replayed")
@twin("P20", f"{CALLERS}::test_no_call_but_a_look_takes_a_proof_twice")
def proof_counts_again() -> None:
    """A proof that was seen before is a proof."""
    replace("gateway.store:use_proof", lambda use: lambda *given: use(*given) or True)


@twin("P20", f"{OVERRIDES}[token_without_proof]")
def token_without_a_proof() -> None:
    """The token endpoint asks for no proof."""
    rewrite("gateway.server:Server.take_proof", "if required:", "if False:")


@against("cuckoo token")
@twin("P16", f"{CALLERS}::test_details_that_do_not_suffice_are_403_before_anything_is_asked")
def one_token_for_all_grants() -> None:
    """A token for one grant is used for another."""
    rewrite(
        "gateway.details:Details.cover",
        "return grant is None or self.grant is None or self.grant == grant",
        "return True",
    )


@twin("P20", f"{CALLERS}::test_each_bad_token_is_invalid_token")
def token_for_anybody() -> None:
    """A token for another API, or of another issuer, counts here."""
    rewrite(
        "chassis.callers:Tokens.check",
        'claims.get("iss") != self._issuer or claims.get("aud") != self.audience or ',
        "",
    )


@twin("P20", f"{TOKENS}::test_a_refresh_token_stays_the_same_and_is_bound")
def refresh_token_with_any_key() -> None:
    """A refresh token works with another key than it was made for."""
    rewrite("gateway.grants:RefreshGrant.authenticate_refresh_token", " or row.jkt != proof.jkt", "")


@twin("P20", f"{TOKENS}::test_a_revoked_token_takes_its_whole_session_along")
def revoked_tokens_live_on() -> None:
    """A call does not ask whether its token was revoked."""
    retext("gateway.store:STANDS", "s.ended IS NULL", "1")


@twin("P17", f"{TOKENS}::test_who_is_suspended_gets_nothing_from_then_on")
def suspended_callers_come_in() -> None:
    """A call does not ask whether its caseworker or organisation is suspended."""
    retext("gateway.store:STANDS", "x.organisation = c.organisation", "0")


@twin("P20", f"{INTROSPECTION}::test_only_a_resource_server_introspects_and_it_does_nothing_else")
def anybody_introspects() -> None:
    """Every client may ask what a token is."""
    replace("gateway.server:RESOURCES", lambda known: known | {"caseworker", "system"})


@twin("P01", f"{INTROSPECTION}::test_a_dead_grant_is_not_active_from_the_next_call_on")
def introspection_without_decision() -> None:
    """A token counts as active until it ends, whatever became of its grant."""
    rewrite("gateway.endpoints:Endpoints._stands", "if details.act is None:", "if True:")


@twin("P20", f"{ROTATING}::test_a_key_signs_a_week_after_it_was_published_and_not_before")
def key_signs_at_once() -> None:
    """A new key signs before anybody can know it."""
    rewrite("gateway.rotating:take_up", "if before in published and now < ready:", "if False:")


# -- rates -------------------------------------------------------------------------------------------------------------


@twin("P24", "faults/test_p24_rates.py::test_reads_of_one_caseworker_stop_at_their_number")
def counted_in_memory() -> None:
    """Each process counts for itself, and begins anew when it starts."""

    counts: dict[Any, tuple[int, int]] = {}
    replace("consent.store_rates:found", lambda _: lambda base, who, what, over: counts.get((who, what)))
    replace(
        "consent.store_rates:put", lambda _: lambda base, who, what, began, n: counts.update({(who, what): (began, n)})
    )


@twin("P24", "faults/test_p24_rates.py::test_wrong_share_codes_stop_at_ten_and_hurt_nobody_else")
def wrong_codes_not_counted() -> None:
    """Share codes may be guessed without end."""
    rewrite("consent.requesting:_wrong_code", 'registry.rates.take(driver(connection), "wrong-code", emp, now)', "pass")


@twin("P24", "faults/test_p24_rates.py::test_refused_deposits_stop_at_their_number_and_good_ones_do_not_count")
def refused_deposits_not_counted() -> None:
    """A source that is refused may fill her log without end."""
    rewrite("consent.asking:Asking._gather", 'self._rates.some(base, "refused-deposit", {case.emp: 1}, now)', "pass")
