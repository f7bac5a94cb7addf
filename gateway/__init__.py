# SPDX-License-Identifier: EUPL-1.2
"""Gateway: who is calling.

Alone knows: clients and their keys, sign-ins, tokens, proofs already used, who a sign-in belongs to (HMAC -> vault).
Never: decides who may see what, keeps a BSN, a record or a key that opens one; says who somebody is to another part
without having checked a token and its proof.
Called by: organisations (the only door they have) and people's own devices (to sign in). Calls: consent, vault.
Contract: `openapi/gateway.yaml`; the OAuth endpoints: the metadata of both issuers (RFC 8414).
"""
