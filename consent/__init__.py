# SPDX-License-Identifier: EUPL-1.2
"""Consent: who allowed what, who decides for whom, who looked.

Alone knows: the signed statements of each vault, the questions asked, birth dates until 18, gezag, the log.
Never: reads a record, makes a yes, keeps a BSN or a name, decides outside the ledger's transaction.
Called by: the gateway (service token) and people's own devices (person token). Calls: nobody.
Contract: `openapi/consent.yaml`. The rules themselves are data: `catalogue/`.
"""
