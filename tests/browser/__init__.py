# SPDX-License-Identifier: EUPL-1.2
"""The portal as a person meets it: real Chromium, a real town behind it, hands that press and type.

Debian's `chromium` is used, never a downloaded one; KLUISJE_CHROMIUM names another. Without one the tests are skipped
with a loud line, and fail where nothing may be skipped. Screenshots: `python -m tests.browser.screenshots FOLDER`.
"""
