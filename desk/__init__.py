# SPDX-License-Identifier: EUPL-1.2
"""desk: the server half of a team's desk, run by the organisation (`python -m serve desk`).

It alone knows who of the team is signed in, what the organisation calls its cases, and the tokens that the gateway gave.
It keeps members' sealed keyrings, the team's member lists, sealed copies of the team's key and imported envelopes as
text that it cannot open; it never sees a key, a record or a value. Tokens live in memory and are gone with the process.
Called by the page in a caseworker's browser, on its own origin; calls the gateway, as its confidential client, over the
public contract. Contract: openapi/desk.yaml. What signs in how: docs/desk.md.
"""
