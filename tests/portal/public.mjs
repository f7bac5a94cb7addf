// SPDX-License-Identifier: EUPL-1.2
// The published test vectors (formats.md section 16) over the portal's formats: what the world found wrong in other
// implementations is refused here too. Writes what it counted as JSON; test_public_vectors_in_node.py knows what it must
// be. FORMATS: the folder of the modules; PUBLIC: the folder of the vectors.
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { inflateSync } from 'node:zlib'

const { FORMATS, PUBLIC } = process.env
const f = {}
for (const name of ['attachment', 'jose', 'jwe', 'slots', 'spelling', 'tree']) {
  f[name] = await import(pathToFileURL(path.join(FORMATS, `${name}.ts`)))
}
const { b64u, unb64u, parseJson, checkToken } = f.spelling
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (data) => Buffer.from(data).toString('hex')
const number = (text) => Number(text)

async function cases(name) {
  const { testGroups } = JSON.parse(await readFile(path.join(PUBLIC, 'wycheproof', `${name}_test.json`), 'utf-8'))
  return testGroups.flatMap((group) => group.tests.map((test) => ({ group, test })))
}

async function passes(work) {
  try {
    await work()
    return true
  } catch (error) {
    if (error.name === 'FormatError') return false
    throw error
  }
}

async function encryption() {
  const wrap = (raw) => crypto.subtle.importKey('raw', raw, 'AES-KW', false, ['unwrapKey'])
  const agree = { name: 'ECDH', namedCurve: 'P-256' }
  const own = await crypto.subtle.generateKey(agree, false, ['deriveBits'])
  const accepted = [], results = []
  for (const { group, test } of await cases('json_web_encryption')) {
    const { kty, crv, x, y, d, k } = group.private
    results.push(test.result)
    let keys = [['A256KW', await wrap(new Uint8Array(32))], ['ECDH-ES+A256KW', own.privateKey]]
    if (kty === 'EC' && crv === 'P-256') {
      keys = [['ECDH-ES+A256KW', await crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, agree, false, ['deriveBits'])]]
    } else if (kty === 'oct') {
      const raw = unb64u(k)
      keys = [16, 24, 32].includes(raw.length) ? [['A256KW', await wrap(raw)]] : []
    }
    for (const [alg, key] of keys) {
      const opened = []
      if (await passes(async () => opened.push(hex(await f.jwe.openCompact(test.jwe, alg, key))))) {
        accepted.push([test.tcId, opened[0] === test.pt])
      }
    }
  }
  return { cases: results.length, invalid: results.filter((one) => one === 'invalid').length, accepted }
}

async function coreVerify(token, key) {
  const [header, , signature] = checkToken(token, 3)
  const { alg, crit } = parseJson(header)
  const wrong = new f.spelling.FormatError('header')
  if (alg !== 'ES256' || crit !== undefined) throw wrong
  if (key.kty !== 'EC' || key.crv !== 'P-256' || key.alg !== 'ES256' || (key.use ?? 'sig') !== 'sig') throw wrong
  await f.jose.verifyBytes(new TextEncoder().encode(token.slice(0, token.lastIndexOf('.'))), signature, key)
}

async function signatures() {
  const accepted = []
  const found = await cases('json_web_signature')
  for (const { group, test } of found) {
    if (await passes(() => coreVerify(test.jws, group.public ?? group.private))) accepted.push(test.tcId)
  }
  return { cases: found.length, accepted }
}

async function keys() {
  let refused = 0
  const found = await cases('json_web_key')
  for (const { group } of found) {
    for (const key of (group.public ?? group.private).keys) {
      refused += Number(!(await passes(() => f.spelling.publicEc(key, 'sig'))))
    }
  }
  return { cases: found.length, all: found.reduce((sum, { group }) => sum + (group.public ?? group.private).keys.length, 0), refused }
}

async function ecdsa() {
  const counted = { right: 0, refused: 0, wrong: [] }
  for (const { group, test } of await cases('ecdsa_secp256r1_sha256_p1363')) {
    const point = bytes(group.publicKey.uncompressed)
    const at = { x: b64u(point.slice(1, 33)), y: b64u(point.slice(33)) }
    const good = await passes(() => f.jose.verifyBytes(bytes(test.msg), bytes(test.sig), at))
    counted[good ? 'right' : 'refused']++
    if (good !== (test.result === 'valid')) counted.wrong.push(test.tcId)
  }
  return counted
}

async function derivation() {
  const counted = { right: 0, wrong: [] }
  for (const { test } of await cases('hkdf_sha256')) {
    const [secret, salt, info] = [test.ikm, test.salt, test.info].map(bytes)
    const plain = [...salt, ...info].every((byte) => byte < 128)
    if (test.size < 32 || test.result !== 'valid' || !plain || !secret.length) continue
    const text = (data) => new TextDecoder().decode(data)
    const same = hex(await f.slots.hkdf(secret, text(info), text(salt))) === test.okm.slice(0, 64)
    if (same) counted.right++
    else counted.wrong.push(test.tcId)
  }
  return counted
}

async function chunks() {
  const counted = { right: 0, refused: 0, wrong: [] }
  for (const { test } of await cases('c2sp_chunked_encryption_aes_256_gcm')) {
    const blob = new Uint8Array(inflateSync(bytes(test.ct)))
    let length = 0
    const whole = await passes(async () => {
      const cut = Array.from({ length: Math.ceil(blob.length / 1_000) }, (_, k) => blob.slice(k * 1_000, (k + 1) * 1_000))
      for await (const chunk of f.attachment.decryptChunks(bytes(test.key), bytes(test.ctx), cut)) length += chunk.length
    })
    counted[whole ? 'right' : 'refused']++
    if (whole !== (test.result === 'valid') || length !== (test.msgLength ?? 0)) counted.wrong.push(test.tcId)
  }
  return counted
}

async function merkle(kind, check) {
  const counted = { cases: 0, wrong: [] }
  const folder = path.join(PUBLIC, 'merkle', kind)
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.json')) continue
    const test = JSON.parse(await readFile(path.join(folder, name), 'utf-8'))
    counted.cases++
    if ((await passes(() => check(test))) === test.wantErr) counted.wrong.push(path.parse(name).name)
  }
  return counted
}

const raw = (text) => Uint8Array.from(Buffer.from(text ?? '', 'base64'))
const inclusion = (test) =>
  f.tree.verifyInclusion(number(test.leafIdx), number(test.treeSize), raw(test.leafHash), (test.proof ?? []).map(raw), raw(test.root))
const consistency = (test) =>
  f.tree.verifyConsistency(number(test.size1), raw(test.root1), number(test.size2), raw(test.root2), (test.proof ?? []).map(raw))

process.stdout.write(
  JSON.stringify({
    encryption: await encryption(),
    signatures: await signatures(),
    keys: await keys(),
    ecdsa: await ecdsa(),
    derivation: await derivation(),
    chunks: await chunks(),
    inclusion: await merkle('inclusion', inclusion),
    consistency: await merkle('consistency', consistency),
  }),
)
