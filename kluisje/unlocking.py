# SPDX-License-Identifier: EUPL-1.2
"""Making a vault, and opening it again: what stands between a sign-in and the keys.

A sign-in says whose vault it is; it opens nothing. The keys come from a code on paper, through a slot, and
count only when the keyring is the newest that the person's own statements name. Source: formats.md sections 6
and 9, vault.md section 3.
"""

from dataclasses import dataclass

from formats.spelling import FormatError
from kluisje.chain import Chain, first_card
from kluisje.device import Device
from kluisje.directory import Directory
from kluisje.drawers import Drawers
from kluisje.filing import Filing
from kluisje.http import Refused
from kluisje.keyring import PersonKeys, Slot
from kluisje.proofs import NotProven, Pins, check_person
from kluisje.requests import Requests
from kluisje.stopping import Stopping

CODES = 2  # slots before the first own record: two codes on paper


class Opened:
    """What there is on a device while the vault is open."""

    def __init__(self, device: Device, keys: PersonKeys, pins: Pins, directory: Directory, lang: str) -> None:
        self.device, self.keys, self.pins = device, keys, pins
        self.chain = Chain(device, keys, pins)
        self.drawers = Drawers(device, keys, self.chain, directory)
        self.requests = Requests(device, keys, self.chain, self.drawers, directory, lang)
        self.filing = Filing(device, keys, self.drawers, directory)
        self.stopping = Stopping(device, keys, self.chain, self.drawers, directory)
        directory.learn_vault(f"vault:{device.vlt}", self.chain.sig_at)


@dataclass(frozen=True, slots=True)
class Making:
    """A vault that is being made: kept until it is whole, so that a second try sends the same again."""

    keys: PersonKeys
    slots: tuple[tuple[str, Slot], ...]
    card: str
    person: str
    ring: str


async def begin(device: Device, pins: Pins) -> Making:
    """Fresh keys and codes, the first card, and the identity issuer's word that they are of who signed in."""
    keys = PersonKeys.new(device.vlt)
    slots = tuple(keys.new_code_slot() for _ in range(CODES))
    card = first_card(keys, [slot.id for _, slot in slots], device.http.clock())
    sig = str(keys.keyring.sig["kid"])
    person = await device.attest(sig)
    try:
        check_person(person, pins, vlt=device.vlt, jkt=sig)
    except FormatError as error:
        raise NotProven("person", "the identity issuer's word does not check") from error
    return Making(keys, slots, card, person, keys.sealed())


async def make(device: Device, opened: Opened, making: Making) -> None:
    """Enters card and word at consent, opens the vault with the receipt, stores slots and keyring. All of it
    may be repeated."""
    begun = {"card": making.card, "person": making.person}
    receipt = str((await device.top("consent", "POST", "/vaults", json=begun)).json()["receipts"][0])
    try:
        opened.chain.begin(making.card, receipt)
    except FormatError as error:
        raise NotProven("receipt", "consent's receipt is not of this card") from error
    await device.top("vault", "POST", "/vaults", json={"card": making.card, "receipt": receipt})
    for _, slot in making.slots:
        given = {"type": slot.kind, "kdf": None, "jwe": slot.jwe}
        await device.vault("PUT", f"/slots/{slot.id}", json=given)
    await device.vault("PUT", "/keyring", json={"jwe": making.ring})
    device.remembered.ring = making.keys.keyring.seq


async def find_keys(device: Device, code: str) -> PersonKeys:
    """The keys behind a code, through whichever code slot it opens. Refused `wrong-code` if it opens none."""
    slots = (await device.vault("GET", "/slots")).json()["items"]
    ring = (await device.vault("GET", "/keyring")).json()["jwe"]
    for one in slots:
        if one["type"] != "code":
            continue
        jwe = (await device.vault("GET", f"/slots/{one['id']}")).json()["jwe"]
        try:
            slot = Slot(one["id"], "code", jwe)
            return PersonKeys.open(device.vlt, slot, code, ring, least=device.remembered.ring)
        except FormatError:
            continue
    raise Refused("wrong-code", "This code does not open the vault, or its keyring is not the newest.")


async def check_newest(opened: Opened) -> None:
    """Reads the chain, and refuses (NotProven) a keyring that is older than its statements say, or of another
    card."""
    await opened.chain.load()
    keyring, card = opened.keys.keyring, opened.chain.card
    if keyring.seq < opened.chain.ring or card.claims["sig"]["kid"] != keyring.sig["kid"]:
        raise NotProven("keyring", "the vault gave an older keyring than its statements name")
    opened.device.remembered.ring = keyring.seq
