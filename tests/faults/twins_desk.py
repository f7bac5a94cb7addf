# SPDX-License-Identifier: EUPL-1.2
"""Broken twins of the desk's rules."""

from tests.faults.patching import rewrite, twin

MEMBERS, SESSIONS, EVENTS = "desk/test_members.py", "desk/test_sessions.py", "desk/test_events.py"


@twin("P16", f"{MEMBERS}::test_who_is_removed_is_refused_at_once_here_and_at_the_gateway")
def removed_member_still_served() -> None:
    """Whoever was let in once is served by the longest list that there ever was."""
    rewrite("desk.store:removed", " is not None", " is False")
    rewrite("desk.members:Members.enter", "self._sessions.end_all(subject)", "pass")
    longest = "max(found, self.__dict__.get('longest', found), key=lambda one: len(one.members))"
    rewrite("desk.members:Members.newest", "return found", f"self.longest = {longest}; return self.longest")


@twin("P20", f"{EVENTS}::test_an_event_counts_once_however_often_it_comes")
def event_applied_twice() -> None:
    """An event that comes again takes effect again."""
    rewrite("desk.store:add_event", "return insert_once(", "return True or insert_once(")


@twin("P16", f"{SESSIONS}::test_a_case_opens_for_its_purpose_alone")
def relayed_without_a_purpose() -> None:
    """The sign-in that opens a case names the grant and no purpose."""
    rewrite("desk.ways:Ways.go", "purpose=opening.purpose, ", "")


@twin("P16", f"{SESSIONS}::test_who_may_bring_opens_nothing_and_who_may_read_brings_nothing")
def whoever_may_read_brings() -> None:
    """The sign-in to bring goes out as one to read: whoever may read a drawer is signed in to bring to it."""
    rewrite("desk.ways:Ways.go", "opening.act, grant_id", '"read", grant_id')


@twin("P16", f"{SESSIONS}::test_a_sister_site_that_sends_no_header_of_ours_is_refused")
def session_of_any_page() -> None:
    """The session's cookie is enough: whatever page sends it."""
    rewrite("desk.callers:check_page", "if not (from_page and here):", "if False:")


@twin("P16", f"{SESSIONS}::test_somebody_else_who_comes_back_opens_nothing")
def opened_by_somebody_else() -> None:
    """Whoever comes back from the sign-in opens the case for the page that asked."""
    rewrite("desk.ways:Ways.back", " or session.subject != subject", "")


@twin("P20", f"{SESSIONS}::test_who_comes_back_is_who_left_once")
def way_back_in_any_browser() -> None:
    """A way back counts in whatever browser it is opened."""
    rewrite("desk.sessions:Sessions.arrive", " or found.cookie != H(cookie)", "")


@twin("P29", "desk/test_rotation.py::test_once_the_new_key_counts_the_old_one_opens_no_new_envelope")
def replaced_key_of_a_team_goes_on() -> None:
    """The directory hands out the oldest key of a team that was not withdrawn: who left opens what comes next."""
    oldest = "_CURRENT.order_by(None).order_by(organisations.c.logged_at)"
    rewrite("consent.store_directory:current", "_CURRENT", oldest)
