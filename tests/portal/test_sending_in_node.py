# SPDX-License-Identifier: EUPL-1.2
"""What a file is sealed under (docs/decisions/0015): the same file the same octets, another text never the same key and
salt; and what changed while it was read does not leave the device."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.browser.building import source
from tests.portal.packages import ROOT, installed, node

PROGRAM = """
const { PersonKeys } = await import(`${where}/device/keyring.ts`)
const { Sending, textOf } = await import(`${where}/device/attachments.ts`)
const vlt = crypto.randomUUID(), drw = crypto.randomUUID()
const sent = [] // what leaves the device: (name, announced hash, piece as text)
const line = async (method, path, { json, content } = {}) => {
  sent.push([path.split('/')[6], json?.hash ?? null, content ? Buffer.from(await content.arrayBuffer()).toString('hex') : null])
  return { json: async () => ({ wanted: [0], complete: true }) }
}
const keys = await PersonKeys.fresh(vlt)
const sending = new Sending({ vlt, vault: line }, keys)
const given = async (text, used = new Set(), own = keys) => {
  const by = own === keys ? sending : new Sending({ vlt, vault: line }, own)
  const [file] = [await textOf(new Blob([text]))]
  const rid = await by.record(drw, [file], used)
  const from = sent.length
  const { id, key } = await by.send(file, { drw, rid, ver: 1, n: 0 })
  const octets = sent.slice(from).find(([, , piece]) => piece !== null)[2]
  return { rid, id, key: Buffer.from(key).toString('hex'), salt: octets.slice(0, 48), octets }
}
const first = await given('De bal van Sam')
const found = {
  first,
  again: await given('De bal van Sam'),
  other: await given('De bal van Tom'),
  spent: await given('De bal van Sam', new Set([first.rid])),
  hers: await given('De bal van Sam', new Set(), await PersonKeys.fresh(vlt)),
}
const changing = { size: 3, times: 0, stream() { return new Blob([this.times++ ? 'two' : 'one']).stream() } }
const before = sent.length
let refused = false
try {
  const file = await textOf(changing)
  await sending.send(file, { drw, rid: await sending.record(drw, [file], new Set()), ver: 1, n: 0 })
} catch (error) {
  refused = error.name === 'Unavailable'
}
console.log(JSON.stringify({ ...found, refused, left: sent.length - before }))
"""


def run(where: Path) -> dict[str, Any]:
    command = [node(), "--input-type=module", "-e", f"const where = {json.dumps(str(where))}\n{PROGRAM}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_one_text_one_key_and_what_changed_stays_here() -> None:
    told = run(installed() / "src")
    assert told["first"] == told["again"], "another page goes on with it"
    for other in ("other", "spent", "hers"):
        assert not {*told["first"].values()} & {*told[other].values()}, f"{other} shares something with the first"
    assert told["refused"]
    assert told["left"] == 0, "what changed while it was read was announced or sent"


def test_a_device_that_does_not_look_again_is_caught(tmp_path: Path) -> None:
    """Its twin: the key of the one text would seal the other."""
    copy = source(tmp_path, {"src/device/attachments.ts": ("if (b64u(digest.done()) !== h)", "if (h === '')")})
    (copy / "node_modules").symlink_to(installed() / "node_modules")
    assert run(copy / "src")["left"] > 0
