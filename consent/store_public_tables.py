# SPDX-License-Identifier: EUPL-1.2
"""The tables of organisations and purposes: what of them is signed and counts, who is stopped, and what is counted."""

from sqlalchemy import Index, UniqueConstraint

from chassis.database import NUMBER
from consent.store_tables import flag, key, number, table, text

organisations = table(
    "organisations",
    key("team"),
    key("sid"),
    text("token"),  # vault-org+jwt
    text("enc"),  # thumbprint
    text("sig"),  # thumbprint
    number("shard"),
    number("idx"),
    number("logged_at"),
    number("valid_from"),  # logged_at + 72 h
    number("valid_until"),  # `exp`
    number("withdrawn_at", null=True),
    Index("organisations_newest", "team", "logged_at"),
)
"""The directory: each statement of each team. A key superseded by renewal still counts, a withdrawn one never."""

teams = table(
    "teams",
    key("team"),
    text("role"),
    text("name"),
    text("address"),
    text("contact"),
    number("listed_at"),
    text("listing", null=True),  # sid of the statement that says so; null: taken in before such statements were signed
)
"""What the directory says of a team besides its keys, as it counts now: the role in which it asks, and who is behind it."""

listings = table(
    "listings",
    key("team"),
    key("sid"),
    text("token"),  # vault-listing+jwt
    text("role"),
    text("name"),
    text("address"),
    text("contact"),
    number("shard"),
    number("idx"),
    number("logged_at"),
    number("valid_from"),  # logged_at + 72 h
    Index("listings_due", "valid_from"),
)
"""Every signed statement of how a team is shown. `teams` holds the one that counts."""

suspensions = table("suspensions", key("kind"), key("subject"), number("since"), rowid=False)
"""kind: service (subject ""), organisation (team), application (client id), caseworker (emp). A row: suspended now."""

purposes = table(
    "purposes",
    key("uri"),
    text("sid", null=True),  # of the catalogue statement it came with
    number("daily"),
    flag("reason"),
    text("activity"),  # processing activity, for the accountability line
    number("logged_at"),
    number("recalled_at", null=True),
)
"""What the decision needs of each version of a purpose; the whole of it is in the catalogue files."""

catalogues = table(
    "catalogues",
    key("sid"),
    number("ver"),
    text("token"),  # vault-catalogue+jwt
    number("shard"),
    number("idx"),
    number("logged_at"),
    UniqueConstraint("ver"),
)
"""Every signed version of the rules that was in use here."""

rates = table("rates", key("who"), key("what"), number("began"), number("n"), rowid=False)
"""How often a caseworker or system (`who`: emp) did a thing in the period that runs. Nothing of a person is in it."""

late_counts = table(
    "late_counts",
    key("quarter", NUMBER),  # 20263: the third of 2026
    key("organisation"),
    number("closings"),
    number("answers"),
    rowid=False,
)
"""How often an organisation said nothing in time, by the quarter in which it was due. Whom it left waiting is not here."""
