# SPDX-License-Identifier: EUPL-1.2
"""Why a call is not carried out: plain errors of the use cases. `app.PROBLEMS` says them to the outside.

None of them holds a value that was sent: places (JSON pointers) and codes only.
"""

from collections.abc import Sequence

from consent.purposes import Wrong


class Refused(Exception):
    """The root of all of these. Nothing was changed."""


class Absent(Refused):
    """Unknown, not yours, or not for you: the caller cannot tell which."""


class Unspelled(Refused):
    """A signed text whose spelling, header or members are not those of its format."""


class Forged(Refused):
    """A signature that is not good, or of another key than the one that counts."""


class ChainMoved(Refused):
    """A statement that is not the next one of its chain."""


class Misplaced(Refused):
    """What was sent is readable but wrong at these places: `wrong` holds (place, code)."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__()
        self.wrong = tuple(wrong)


class OverAsking(Misplaced):
    """A question asks more than its purpose lists."""


class NotAsAsked(Misplaced):
    """A grant goes beyond its question, or is not the grant that was asked."""


class KeyNotReady(Refused):
    """The organisation's statement is not current, or not 72 hours in the log."""


class StepUpNeeded(Refused):
    """This needs a passkey touch, or a fresh sign-in, that was not there."""


class ShareCodeNotGood(Refused):
    """Unknown, used or over: all the same."""


class RequestClosed(Refused):
    """The question is no longer open to that."""


class NotAllowed(Refused):
    """The caller may not do this at all."""


class TooMany(Refused):
    """This caseworker or system did it as often as it may. `wait`: seconds until it may again."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


class TooMuch(Refused):
    """More than may be kept for one person."""


class TooSoon(Refused):
    """The same question within 30 days of a `no-answer`. `wait`: seconds until it may be asked again."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait
