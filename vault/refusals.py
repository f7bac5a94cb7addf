# SPDX-License-Identifier: EUPL-1.2
"""Why the vault does not do something, as plain errors; `app.PROBLEMS` turns each into its problem."""


class NotHere(Exception):
    """No such vault, drawer, record, slot … for this caller; or somebody else's: it looks the same."""


class PlaceMismatch(Exception):
    """The sealed or signed thing names another place. `member`: the header member that differs."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


class BadSignature(Exception):
    """A signature is not by the key that counts, or a receipt is not for this statement."""


class ChainMoved(Exception):
    """A statement, keyring or vault out of sequence: another device was first."""


class EpochClosed(Exception):
    """Sealed for an epoch that is not the drawer's newest."""


class VersionExists(Exception):
    """That version, record or attachment exists with other bytes, or its record id is spent."""


class NotAllowed(Exception):
    """Refused by a rule that no right lifts: the last two slots stay; only the gateway shows permits."""


class StepUpNeeded(Exception):
    """Needs a sign-in of the last ten minutes."""


class PermitRefused(Exception):
    """The permit is wrong, late, another's, or does not name this."""


class PermitUsed(Exception):
    """The permit was used before."""


class OverQuota(Exception):
    """No room: bytes, or the number of things of one kind."""


class NotWhole(Exception):
    """Input that is well spelled and still wrong: an attachment or import that is not what was announced.

    `where` body, path or header; `at` its place; `code` what is wrong.
    """

    def __init__(self, where: str, at: str, code: str) -> None:
        super().__init__(code)
        self.where, self.at, self.code = where, at, code


class BlobLost(Exception):
    """A piece is missing or has another hash than its row says: an alarm, and never short bytes."""
