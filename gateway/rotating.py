# SPDX-License-Identifier: EUPL-1.2
"""Rotating the keys our tokens are signed with: published 7 days before use, kept a day after; a leaked one goes at once.

A rotation is three restarts, of one process at a time: the next key joins the published ones; a week later it signs and
the old one stays published; a day later the old one goes. Whoever remembers our key set for some days refuses nobody.
"""

from chassis import logs
from chassis.clock import show_moment
from chassis.settings import SettingsError
from gateway import store_keys
from gateway.issuing import Issuer

DAY = 86_400
BEFORE, AFTER = 7 * DAY, DAY


def take_up(connection: store_keys.Connection, issuer: Issuer, now: int) -> None:
    """Writes down what an issuer publishes and signs with from this start on. Raises SettingsError: too early.

    The very first key waits for nobody. One that follows may sign at once when the key before it is published no more:
    that one leaked, and its tokens die with it.
    """
    published, signer = [key["kid"] for key in issuer.published["keys"]], issuer.key["kid"]
    for kid in published:
        store_keys.publish_key(connection, issuer.name, kid, now)
    known = store_keys.keys_of(connection, issuer.name)
    signed = sorted((row for row in known.values() if row.signed_at is not None), key=lambda row: row.signed_at)
    before = next((row.kid for row in reversed(signed) if row.kid != signer), None)
    began = known[signer].signed_at
    if began is None:
        ready = known[signer].published_at + BEFORE
        if before in published and now < ready:
            logs.log().error("alarm", part="gateway", what="key-too-early", key=signer, ready=show_moment(ready))
            raise SettingsError(
                f"key {signer} of {issuer.name} was published less than 7 days ago: sign with it from"
                f" {show_moment(ready)} on; if the key before it leaked, take that one out of the published keys"
            )
        store_keys.begin_signing(connection, signer, now)
        began = now
    if before is not None and before not in published and now < began + AFTER:
        logs.log().error("alarm", part="gateway", what="key-gone-at-once", key=before)
