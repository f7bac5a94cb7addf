# SPDX-License-Identifier: EUPL-1.2
"""The headers that guard the page (portal.md, "Guarding the page"). Pure: origins and a hash in, headers out."""

from collections.abc import Sequence

Headers = tuple[tuple[bytes, bytes], ...]

_OFF = (
    "accelerometer, autoplay, browsing-topics, camera, clipboard-read, clipboard-write, display-capture, "
    "encrypted-media, fullscreen, gamepad, geolocation, gyroscope, hid, identity-credentials-get, idle-detection, "
    "keyboard-map, local-fonts, magnetometer, microphone, midi, otp-credentials, payment, picture-in-picture, "
    "screen-wake-lock, serial, storage-access, sync-xhr, usb, window-management, xr-spatial-tracking"
)
PERMISSIONS = ", ".join(
    (
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
        *(f"{name}=()" for name in _OFF.split(", ")),
    )
)
CLEAR = b'"cache", "cookies", "storage"'
"""What a browser forgets at `/bye`."""


def page_policy(import_map: str, apis: Sequence[str]) -> str:
    """The content security policy of the bundle. import_map: `sha256-…`; apis: origins that the device calls."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' '{import_map}' 'wasm-unsafe-eval'",
            "style-src 'self'",
            f"connect-src 'self' {' '.join(apis)}",
            "img-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types sw",
        )
    )


def text_policy() -> str:
    """The policy of the pages that are only text: one style sheet, nothing that runs."""
    return "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def guard(policy: str, *, https: bool) -> Headers:
    """What every answer carries besides its own type and cache rule."""
    headers = [
        ("content-security-policy", policy),
        ("integrity-policy", "blocked-destinations=(script)"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("permissions-policy", PERMISSIONS),
    ]
    if https:
        headers.append(("strict-transport-security", "max-age=31536000; includeSubDomains"))
    return tuple((name.encode(), value.encode()) for name, value in headers)
