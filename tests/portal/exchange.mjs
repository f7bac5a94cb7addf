// SPDX-License-Identifier: EUPL-1.2
// One side of a live exchange: reads on stdin what Python signed and sealed a moment ago (test_exchange_in_node.py),
// opens all of it, and writes on stdout what it read and what it signed and sealed itself, to be opened there.
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const f = {}
for (const name of ['authorship', 'attachment', 'chain', 'dpop', 'grant', 'jose', 'keyring', 'sealing', 'slots', 'spelling', 'statement']) {
  f[name] = await import(pathToFileURL(path.join(process.env.FORMATS, `${name}.ts`)))
}
const { b64u, unb64u, H } = f.spelling
const given = JSON.parse(await text(process.stdin))
const { vlt, drw, rid, gnt, now } = given
const half = ({ d: _d, ...rest }) => rest
const body = { dagen: 12, naam: 'Zoë — “één” \u{1F600}', rij: [1, -2, { leeg: null }], ja: true }

// -- what Python made
const sig = await f.jose.signer(given.sig)
const author = () => half(given.sig)
const secrets = await f.keyring.epochSecrets(drw, 1, given.dk, given.box)
const epoch = await f.keyring.epochKeys(secrets)
const at = { vlt, drw, rid, ver: 1 }
const rk = await f.sealing.openSlot(given.slot, f.slots.readCode(given.code), { vlt, slot: given.slotId, kind: 'code' })
const ringKey = await f.sealing.ringKey(rk)
const keyring = await f.sealing.openKeyring(given.keyring, ringKey, vlt, 1)
const record = await f.sealing.openRecord(given.record, epoch, author, at)
const named = { ...at, gnt, h: await H(given.single) }
const envelopeAt = { vlt, drw, ep: 1, gnt, env: [await H(given.envelope)], dkc: epoch.dkc, box: half(given.box) }
const [entry] = record.att
const plain = []
for await (const piece of f.attachment.openAttachment([unb64u(given.blob)], entry, at)) plain.push(...piece)
const read = {
  rk: b64u(rk),
  keyring: f.keyring.keyringJson(keyring),
  body: record.body,
  deposit: (await f.sealing.openDeposit(given.deposit, epoch, author, at)).body,
  single: (await f.sealing.openSingle(given.single, given.enc, author, named)).body,
  envelope: (await f.sealing.openEnvelope(given.envelope, given.enc, envelopeAt)).dk,
  plain: b64u(Uint8Array.from(plain)),
  chain: (await f.chain.checkChain(given.chain)).map((one) => one.typ),
}

// -- what we make
const file = Uint8Array.from({ length: 40_000 }, (_, k) => k % 241)
const sealed = await f.attachment.sealAttachment([file.subarray(0, 17), file.subarray(17)], at)
const draft = { iss: `vault:${vlt}`, ...at, sch: 'urn:kluisje:schema:note:1', prv: null, iat: now, att: [sealed.entry], body }
const jws = await f.authorship.signRecord(sig, draft)
const next = await f.keyring.newEpoch(f.spelling.newId(), 1)
const grown = f.keyring.withDrawer(keyring, 'vrije tijd', next)
const secret = f.slots.newCode()
const slot = await f.sealing.sealSlot(rk, secret, { vlt, slot: given.slotId, kind: 'code' })
const card = await f.statement.signCard(sig, { iss: `vault:${vlt}`, seq: 0, prv: null, iat: now, ring: 0 }, {
  sig: sig.jwk, enc: half(given.enc), passkeys: [{ id: 'cGFzcw', jwk: sig.jwk }], slots: [given.slotId],
})
let before = await f.statement.verifyFirstCard(card)
const chain = [card]
const write = async (signing) => {
  chain.push(await signing(f.statement.linkAfter(before, now, 1)))
  before = await f.statement.verifyStatement(chain.at(-1), sig.jwk)
}
const terms = { drw, cat: 'school', ep: 1, box: half(given.box), dkc: epoch.dkc, rsn: 'new', env: [] }
await write((link) => f.statement.signEpoch(sig, link, terms))
const envelope = await f.sealing.sealEnvelope(secrets, half(given.enc), vlt, gnt)
const team = 'urn:oin:00000001234567890000:team:jeugdteam-zuid'
await write(async (link) => f.statement.signGrant(sig, link, {
  jti: gnt, aud: team, act: 'read', knd: 'until', nbf: now, exp: now + 86_400,
  drw: [{ id: drw, cat: 'school', ep: [1], env: [await H(envelope)], one: [] }],
  pur: { uri: 'urn:kluisje:purpose:back-to-school:1', lang: 'nl', h: await H('tekst') },
  jkt: given.enc.kid, org: await H('org'), req: null,
}))
await write((link) => f.statement.signRevoke(sig, link, { jti: gnt, aud: team, drw: [drw] }))
const h = await f.statement.nextHead(new Uint8Array(32), 1, 'put', rid, 1, await H('t'))
await write((link) => f.statement.signHead(sig, link, { drw, n: 1, h }))
const url = 'https://kluis.example/vault/v1/vaults?x=1'
const made = {
  jws,
  record: await f.sealing.sealRecord(jws, epoch),
  deposit: await f.sealing.sealDeposit(jws, half(given.box)),
  single: await f.sealing.sealSingle(jws, half(given.enc), gnt),
  envelope,
  keyring: await f.sealing.sealKeyring(grown, ringKey),
  slot,
  code: f.slots.writeCode(secret),
  blob: b64u(new Uint8Array(await sealed.blob.arrayBuffer())),
  plain: b64u(file),
  body,
  chain,
  proof: await f.dpop.makeProof(sig, 'POST', url, now, await H('token')),
  url,
}
process.stdout.write(JSON.stringify({ read, made }))
