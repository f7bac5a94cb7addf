# SPDX-License-Identifier: EUPL-1.2
"""kluisje: the package for organisations, sources and scripts. It holds keys, opens, and checks every answer.

Alone knows: private keys. They stay in this process, or in a file that only its user can read. Never: trusts
an answer for the place it came from. Grant, place, history and log proof are checked before opening. Called
by: the organisation's own programs, the command line, demo and tests. No server room imports it. Calls: vault
and consent (as a person's device), gateway (as a caseworker's or source's application). Contract:
openapi/*.yaml for the calls, docs/formats/ for the bytes, docs/for-municipalities/python.md to begin.
"""
