# SPDX-License-Identifier: EUPL-1.2
"""portal: the page a young person opens. Files, the headers that guard them, and where the APIs are.

It alone knows which bytes are the page. It never sees a token, a key, a record or a name: it keeps no session, has no
database and calls nobody; what the page does with the vault goes from the person's device to vault and consent.
Two people get the same bytes. Best run by another body than the host of the vault (docs/trust-model.md).
Its source is `web/`; `make portal` builds it into `static/`, which is committed.
"""
