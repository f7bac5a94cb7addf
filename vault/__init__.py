# SPDX-License-Identifier: EUPL-1.2
"""vault: each person's sealed things, and nothing that opens them.

It alone knows which sealed text lies at which place, which epoch of a drawer is open, and the drawer heads.
It never opens a record, never learns a name, a schema or a purpose, and believes nobody's word: a person's statement
with consent's receipt lets a drawer change, a permit (the log entry itself) lets one thing out, once, for seconds.
Called by the person's own device, and by the gateway with a permit. It calls nobody.
Contract: openapi/vault.yaml. Design rules of the sealed things: docs/formats.
"""
