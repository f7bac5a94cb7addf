// SPDX-License-Identifier: EUPL-1.2
// The frozen vectors and the transcript, read by the portal's formats as any stranger would read them. The same checks
// run in Node and in Chromium: they get `f` (the modules of portal/web/src/formats by name) and `load(name)`, which
// gives a file of tests/vectors. What is deterministic is computed again; every damaged twin must be refused.

function equal(found, expected, what = '') {
  const [a, b] = [found, expected].map((one) => JSON.stringify(one))
  if (a !== b) throw new Error(`${what}: ${String(a).slice(0, 300)} is not ${String(b).slice(0, 300)}`)
}

async function refused(work, what) {
  let found
  try {
    found = await work()
  } catch (error) {
    if (error?.name === 'FormatError') return
    throw new Error(`${what}: ${error?.stack}`)
  }
  throw new Error(`${what} was taken: ${JSON.stringify(found)?.slice(0, 300)}`)
}

const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const unb64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const publicHalf = ({ d: _d, ...half }) => half
const utf8 = (text) => new TextEncoder().encode(text)

/** typ -> the function that checks a signed thing. */
function verifiers(f) {
  return {
    'vault-person+jwt': f.person.verifyPerson,
    'vault-org+jwt': f.organisation.verifyOrganisation,
    'vault-listing+jwt': f.listing.verifyListing,
    'receipt+jwt': f.receipt.verifyReceipt,
    'vault-closing+jwt': f.receipt.verifyClosing,
    'secevent+jwt': f.receipt.verifySecurityEvent,
    'consent-receipt+jwt': f.consentReceipt.verifyConsentReceipt,
    'vault-request+jwt': f.request.verifyRequest,
    'vault-why+jwt': f.request.verifyWhy,
    'vault-import+jwt': f.request.verifyImport,
    'vault-gezag+jwt': f.authority.verifyGezag,
    'vault-able+jwt': f.authority.verifyAble,
    'vault-catalogue+jwt': f.catalogue.verifyCatalogue,
    'vault-team+jwt': f.team.verifyTeam,
    'vault-rec+jwt': (token, key) => f.authorship.verifyRecord(token, () => key),
  }
}

function asks(given) {
  return {
    cardSig: given.card_sig,
    vlt: given.vlt,
    reader: given.reader,
    keyJkt: given.key_jkt,
    partyKeys: given.party_keys === null ? null : new Set(given.party_keys),
    act: given.act,
    drawers: given.drawers,
    now: given.now,
    revoked: new Set(given.revoked),
    assentsMissing: given.assents_missing,
  }
}

const SIGNED = ['statement', 'person', 'receipt', 'organisation', 'listing', 'request', 'authority', 'catalogue', 'team']

const signed = SIGNED.map((name) => [
  `signed: ${name}`,
  async (f, load) => {
    const { accepted, refused: wrong } = await load(name)
    const check = verifiers(f)
    for (const one of accepted) {
      await (check[one.typ] ?? f.statement.verifyStatement)(one.token, one.key)
      const { claims } = f.jose.peek(one.token)
      equal(claims, one.claims, one.name)
      equal(await f.spelling.sid(one.token), one.sid, one.name)
      const header = { alg: 'ES256', typ: one.typ, kid: one.key.kid }
      const written = [header, one.claims].map((part) => f.spelling.b64u(f.spelling.dumpJson(part))).join('.')
      equal(one.token.slice(0, one.token.lastIndexOf('.')), written, one.name)
    }
    for (const one of wrong) {
      await refused(() => (check[one.typ] ?? f.statement.verifyStatement)(one.token, one.key), `${one.typ} ${one.why ?? one.name}`)
    }
  },
])

const PLACES = {
  'vault-rec+jwe': ['record', 'recordPlace'],
  'vault-one+jwe': ['record', 'singlePlace'],
  'vault-dep+jwe': ['deposit', 'depositPlace'],
  'vault-key+jwe': ['envelope', 'envelopePlace'],
  'vault-ring+jwe': ['envelope', 'ringPlace'],
  'vault-slot+jwe': ['envelope', 'slotPlace'],
  'vault-share+jwe': ['envelope', 'sharePlace'],
}

const places = ['record_place', 'deposit_place', 'envelope_place'].map((name) => [
  `places: ${name}`,
  async (f, load) => {
    const { accepted, refused: wrong } = await load(name)
    const place = (typ, token) => {
      const [room, door] = PLACES[typ]
      return f[room][door](token)
    }
    for (const one of accepted) {
      const found = place(one.typ, one.token)
      for (const member of ['vlt', 'drw', 'rid', 'ver', 'ep', 'gnt', 'seq']) {
        if (member in one.header) equal(found[member], one.header[member], one.typ)
      }
    }
    for (const one of wrong) await refused(() => place(one.typ, one.token), `${one.typ} ${one.why ?? ''}`)
  },
])

async function openFrozen(f, file, one, token) {
  const { keys } = file, { place } = one
  const secrets = await f.keyring.epochSecrets(file.drw, 1, keys.dk, keys.box)
  const epoch = await f.keyring.epochKeys(secrets)
  const author = (iss) => publicHalf(keys.authors[iss])
  const bytes = (name) => f.spelling.unb64u(keys[name])
  switch (one.typ) {
    case 'vault-rec+jwe':
      return (await f.sealing.openRecord(token, epoch, author, place)).token
    case 'vault-dep+jwe':
      return (await f.sealing.openDeposit(token, epoch, author, place)).token
    case 'vault-one+jwe':
      return (await f.sealing.openSingle(token, keys.enc, author, { ...place, h: await f.spelling.H(token) })).token
    case 'vault-key+jwe': {
      const at = { ...place, env: [await f.spelling.H(token)], dkc: file.dkc, box: publicHalf(keys.box) }
      return Object.values((await f.sealing.openEnvelope(token, keys.enc, at)).dk)
    }
    case 'vault-ring+jwe': {
      const key = await f.sealing.ringKey(bytes('rk'))
      return f.keyring.keyringJson(await f.sealing.openKeyring(token, key, place.vlt, place.least))
    }
    case 'vault-slot+jwe':
      return f.spelling.b64u(await f.sealing.openSlot(token, bytes('secret'), place))
    case 'vault-share+jwe':
      return f.spelling.b64u(await f.sealing.openShare(token, keys.enc, place))
  }
  throw new Error(one.typ)
}

/** A sealed thing of the transcript, at its place, with the key it names. */
async function openStory(f, story, one, token) {
  const { place, key: by } = one
  const keys = Object.fromEntries(Object.values(story.keys).map((jwk) => [jwk.kid, jwk]))
  const authors = { [story.parties.noor]: 'noor', [story.parties.school]: 'school' }
  const author = (iss) => publicHalf(story.keys[authors[iss]])
  const epochOf = async (found) =>
    f.keyring.epochKeys(await f.keyring.epochSecrets(found.drw, found.ep, found.dk, found.box))
  const claims = (typ) => story.signed.filter((each) => each.typ === typ).map((each) => each.claims)
  switch (one.name.split(' ')[0]) {
    case 'sealed': {
      const epoch = await epochOf(story.epochs.find((each) => `${each.drw}.e${each.ep}` === by))
      return (await f.sealing.openRecord(token, epoch, author, place)).token
    }
    case 'deposited': {
      const epoch = await epochOf(story.epochs.find((each) => each.box.kid === by))
      return (await f.sealing.openDeposit(token, epoch, author, place)).token
    }
    case 'single':
      return (await f.sealing.openSingle(token, keys[by], author, { ...place, h: one.h })).token
    case 'envelope': {
      const { dkc, box } = claims('vault-epoch+jwt').find((each) => each.drw === place.drw && each.ep === place.ep)
      const { env } = claims('vault-grant+jwt').find((each) => each.jti === place.gnt).drw[0]
      const found = await f.sealing.openEnvelope(token, keys[by], { ...place, env, dkc, box })
      return [found.dk, found.box]
    }
    case 'keyring': {
      const key = await f.sealing.ringKey(f.spelling.unb64u(story.rk[by]))
      return f.keyring.keyringJson(await f.sealing.openKeyring(token, key, place.vlt, place.seq))
    }
    case 'slot': {
      const secret = f.spelling.unb64u(story.slots[place.kind].secret)
      return f.spelling.b64u(await f.sealing.openSlot(token, secret, place))
    }
    case 'share':
      return f.spelling.b64u(await f.sealing.openShare(token, keys[by], place))
  }
  throw new Error(one.name)
}

async function gathered(pieces) {
  const found = []
  for await (const piece of pieces) found.push(...piece)
  return Uint8Array.from(found)
}

/** Every check: `[what, async (f, load) => …]`; one that fails throws. */
export const checks = [
  ...signed,
  ...places,
  [
    'the lists of a team, and four words',
    async (f, load) => {
      const { iss, first_key: first, lists, sids, words, refused: wrong } = await load('team_lists')
      equal((await f.team.checkTeamLists(lists, first, iss)).map((one) => one.sid), sids)
      for (const one of wrong) await refused(() => f.team.checkTeamLists(one.lists, first, iss), one.why)
      const list = await load.words()
      for (const one of words) equal(await f.slots.memberWords(list, one.iss, one.sub, one.sig, one.enc), one.words)
    },
  ],
  [
    'the sealed key of a team',
    async (f, load) => {
      const { enc, sealed, refused: wrong } = await load('team_key')
      for (const { place, token, gives } of sealed) {
        const found = await f.sealing.openTeamKey(token, enc, place)
        equal([found.enc, found.sig], gives)
        const again = await f.sealing.sealTeamKey(found, publicHalf(enc), place)
        equal(f.team.teamKeyPlace(again), { iss: place.iss, seq: place.seq, sub: place.sub, kid: enc.kid })
        equal(Object.values(await f.sealing.openTeamKey(again, enc, place)), gives)
      }
      for (const one of wrong) await refused(() => f.sealing.openTeamKey(one.token, one.enc ?? enc, one.place), one.why)
    },
  ],
  [
    'a chain and its heads',
    async (f, load) => {
      const { chain, heads } = await load('chain')
      equal((await f.chain.checkChain(chain)).map((one) => one.seq), [...chain.keys()])
      await refused(() => f.chain.checkChain(chain.slice(1)), 'a chain without its first')
      await refused(() => f.chain.checkChain(chain.toSpliced(2, 1)), 'a chain with a gap')
      let h = new Uint8Array(32)
      for (const one of heads) {
        h = await f.statement.nextHead(h, one.n, one.op, one.rid, one.ver, one.t)
        equal(f.spelling.b64u(h), one.h)
      }
    },
  ],
  [
    'a grant and its reasons',
    async (f, load) => {
      const file = await load('grant')
      for (const { why, ...row } of file.rows) {
        equal(await f.grant.whyNot(file.token, asks({ ...file.ask, ...row })), why, JSON.stringify(row))
      }
      for (const reason of ['unreadable', 'forged']) {
        for (const token of file[reason]) equal(await f.grant.whyNot(token, asks(file.ask)), reason)
      }
    },
  ],
  [
    'sealed things, and their twins',
    async (f, load) => {
      const file = await load('sealing')
      for (const one of file.sealed) equal(await openFrozen(f, file, one, one.token), one.gives, one.typ)
      for (const one of file.refused) await refused(() => openFrozen(f, file, one, one.token), `${one.typ} ${one.why}`)
    },
  ],
  [
    'the tree',
    async (f, load) => {
      const file = await load('tree')
      const bytes = f.spelling.unb64u
      const roots = file.roots.map(bytes)
      for (const one of file.consistency) {
        const hashes = one.hashes.map(bytes)
        await f.tree.verifyConsistency(one.old, roots[one.old], one.new, roots[one.new], hashes)
        await refused(
          () => f.tree.verifyConsistency(one.old, roots[one.old], one.new, roots[one.new], [...hashes, roots[0]]),
          'a hash too many',
        )
      }
    },
  ],
  [
    'checkpoints',
    async (f, load) => {
      const file = await load('checkpoint')
      const log = await f.checkpoint.readVkey(file.log.vkey)
      const witnesses = await Promise.all(Object.values(file.witnesses).map((one) => f.checkpoint.readVkey(one.vkey)))
      const found = await f.checkpoint.verifyNote(file.cosigned, [log], witnesses)
      equal([...found.witnesses.values()].sort(), Object.values(file.times).sort())
      equal([found.size, f.spelling.b64u(found.root)], [file.size, file.root])
      for (const wrong of file.refused) await refused(() => f.checkpoint.verifyNote(wrong, [log]), wrong)
      equal(f.checkpoint.readProof(file.proof).index, file.index)
      const { nonce, event, entry } = file.entry
      equal(f.spelling.b64u(await f.checkpoint.entry(f.spelling.unb64u(nonce), f.spelling.unb64u(event))), entry)
      for (const shard of file.shards) equal(Object.values(f.checkpoint.shardSpan(shard.origin)), shard.span)
    },
  ],
  [
    'policies',
    async (f, load) => {
      const file = await load('policy')
      const policy = await f.policy.readPolicy(file.policy)
      for (const row of file.rows) {
        if (row.enough) await policy.witnessed(row.note)
        else await refused(() => policy.witnessed(row.note), 'too few witnesses')
      }
    },
  ],
  [
    'events',
    async (f, load) => {
      const file = await load('event')
      for (const text of file.accepted) equal(f.spelling.dumpJson(f.event.readEvent(utf8(text)).claims), utf8(text))
      for (const text of file.refused) await refused(() => f.event.readEvent(utf8(text)), text)
    },
  ],
  [
    'a permit',
    async (f, load) => {
      const file = await load('permit')
      const policy = await f.policy.readPolicy(file.policy)
      const found = await f.permit.verifyPermit(file.permit, policy, file.at + 9)
      equal([found.origin, found.index, found.event.t], [file.origin, file.index, 'read'])
      for (const now of [file.at + 10, file.at - 3]) {
        await refused(() => f.permit.verifyPermit(file.permit, policy, now), 'another time')
      }
      for (const wrong of file.refused) await refused(() => f.permit.verifyPermit(wrong, policy, file.at), 'a twin')
    },
  ],
  [
    'spelling',
    async (f, load) => {
      const file = await load('spelling')
      for (const [text, hex] of Object.entries(file.base64url.good)) equal(f.spelling.unb64u(text), unhex(hex))
      for (const text of file.base64url.bad) await refused(() => f.spelling.unb64u(text), text)
      equal(await f.spelling.H(file.hash.text), file.hash.h)
      for (const text of file.json.good) f.spelling.parseJson(unb64(text))
      for (const text of file.json.bad) await refused(() => f.spelling.parseJson(unb64(text)), atob(text))
      for (const key of file.keys.good) equal(await f.spelling.publicEc(key, key.use), key)
      for (const key of file.keys.bad) await refused(() => f.spelling.publicEc(key, 'sig'), JSON.stringify(key))
    },
  ],
  [
    'transcript: signed things, their other valid signature, their twins',
    async (f, load) => {
      const story = await load('transcript')
      const keys = Object.fromEntries(Object.values(story.keys).map((jwk) => [jwk.kid, jwk]))
      const check = verifiers(f)
      const read = (one, token) => (check[one.typ] ?? f.statement.verifyStatement)(token, publicHalf(keys[one.key]))
      const named = new Map(story.signed.map((one) => [one.name, one]))
      for (const one of story.signed) {
        await read(one, one.token)
        await read(one, one.same)
        const payload = f.spelling.unb64u(one.token.split('.')[1])
        equal(f.spelling.dumpJson(one.claims), payload, one.name)
        equal(await f.spelling.H(payload), one.payload_h)
        equal([await f.spelling.sid(one.token), await f.spelling.sid(one.same)], [one.sid, one.sid])
      }
      for (const twin of story.twins.filter((each) => named.has(each.of))) {
        await refused(() => read(named.get(twin.of), twin.token), `${twin.of}: ${twin.why}`)
      }
    },
  ],
  [
    'transcript: sealed things, their twins',
    async (f, load) => {
      const story = await load('transcript')
      const tokens = new Map(story.signed.map((one) => [one.name, one.token]))
      const named = new Map(story.sealed.map((one) => [one.name, one]))
      for (const one of story.sealed) {
        const expected = one.inside.name === 'record' ? tokens.get(one.inside.of) : one.inside.value
        equal(await openStory(f, story, one, one.token), expected, one.name)
        equal(await f.spelling.H(one.token), one.h)
      }
      for (const twin of story.twins.filter((each) => named.has(each.of))) {
        const one = { ...named.get(twin.of), h: await f.spelling.H(twin.token) }
        await refused(() => openStory(f, story, one, twin.token), `${twin.of}: ${twin.why}`)
      }
    },
  ],
  [
    'transcript: keys, labels, chains, decisions',
    async (f, load) => {
      const story = await load('transcript')
      const { b64u, unb64u } = f.spelling
      for (const jwk of Object.values(story.keys)) equal(await f.spelling.thumbprint(jwk), jwk.kid)
      for (const one of story.epochs) equal(await f.keyring.dkCommit(unb64u(one.dk.k)), one.dkc)
      for (const [name, rk] of Object.entries(story.rk)) {
        equal(b64u(await f.keyring.keyringKey(unb64u(rk))), story.keyring_keys[name])
      }
      for (const kind of ['code', 'trustees']) {
        const slot = story.slots[kind]
        equal(b64u(await f.slots.slotKey(unb64u(slot.secret), slot.id, kind)), slot.key)
      }
      const { code, prf, trustees } = story.slots
      equal([b64u(f.slots.readCode(code.written)), f.slots.writeCode(unb64u(code.secret))], [code.secret, code.written])
      equal(b64u(await f.slots.prfInput(story.vlt)), prf.first)
      const [one, two, three] = trustees.shares.map(unb64u)
      for (const pair of [[one, two], [one, three], [three, two]]) {
        equal(b64u(await f.slots.joinShares(pair)), trustees.secret)
      }
      equal((await f.chain.checkChain(story.chain)).filter((each) => each.typ === 'vault-card+jwt').length, 2)
      equal((await f.chain.checkChain(story.mums_chain)).length, 2)
      for (const twin of story.chain_twins) {
        const order = twin.order.map((at) => story.chain[at])
        await refused(() => f.chain.checkChain([...order, ...(twin.then ? [twin.then] : [])]), JSON.stringify(twin))
      }
      for (const row of story.decisions) {
        equal(await f.grant.whyNot(row.grant, asks({ card_sig: publicHalf(story.keys.noor), ...row.asks })), row.answer)
      }
      const newest = {}
      for (const each of story.heads) {
        const before = newest[each.drw] ?? new Uint8Array(32)
        newest[each.drw] = await f.statement.nextHead(before, each.n, each.op, each.rid, each.ver, each.t)
        equal(b64u(newest[each.drw]), each.h)
      }
      for (const each of story.signed.filter((each) => each.typ === 'vault-rec+jwt')) {
        const { pad, ...members } = each.claims
        equal(f.padding.pad(members).pad, pad, each.name)
      }
    },
  ],
  [
    'transcript: the letter',
    async (f, load) => {
      const { attachment: given } = await load('transcript')
      const { b64u, unb64u } = f.spelling
      const entry = f.attachment.readEntry(given.entry)
      const blob = unb64u(given.blob), plain = unb64u(given.plain)
      equal(b64u(f.attachment.context(given, entry.id)), given.context)
      const made = await f.attachment.derive(entry.key, blob.slice(0, 24), unb64u(given.context))
      equal(Object.values(made).map(b64u), Object.values(given.derived))
      const padded = new Uint8Array(f.padding.paddedLength(plain.length))
      padded.set(plain)
      const again = f.attachment.encryptChunks(entry.key, blob.slice(0, 24), unb64u(given.context), [padded])
      equal(b64u(await gathered(again)), given.blob)
      for (const cut of [1_000, 16_400, blob.length]) {
        const pieces = Array.from({ length: Math.ceil(blob.length / cut) }, (_, k) => blob.slice(k * cut, (k + 1) * cut))
        equal(b64u(await gathered(f.attachment.openAttachment(pieces, entry, given))), given.plain)
      }
      for (const at of [0, 30, 100, blob.length - 1]) {
        const damaged = blob.with(at, blob[at] ^ 1)
        await refused(() => gathered(f.attachment.openAttachment([damaged], entry, given)), `byte ${at}`)
      }
      for (const size of [0, 1, 511, 16_384, 16_385, 40_000]) {
        const file = new Uint8Array(size).fill(7)
        const sealed = await f.attachment.sealAttachment([file], given)
        equal(sealed.blob.size, f.attachment.blobLength(size))
        const pieces = [new Uint8Array(await sealed.blob.arrayBuffer())]
        equal((await gathered(f.attachment.openAttachment(pieces, sealed.entry, given))).length, size)
      }
    },
  ],
  [
    'transcript: the log',
    async (f, load) => {
      const story = await load('transcript')
      const { log } = story, { b64u, unb64u } = f.spelling
      const policy = await f.policy.readPolicy(log.policy)
      for (const one of log.events) {
        const value = await f.checkpoint.entry(unb64u(one.nonce), utf8(one.event))
        equal([b64u(value), b64u(await f.tree.leaf(value))], [one.entry, one.leaf])
        f.event.readEvent(utf8(one.event))
      }
      const points = new Map()
      for (const one of log.checkpoints) {
        const found = await policy.checkpoint(one.note)
        points.set(one.size, found)
        equal([found.size, b64u(found.root), found.witnesses.size], [one.size, one.root, one.witnesses])
        equal(b64u(found.root), log.events[one.size - 1].root)
        if (one.witnesses >= 2) await policy.witnessed(one.note)
        else await refused(() => policy.witnessed(one.note), 'too few witnesses')
      }
      for (const one of log.growth) {
        const [old, newer] = [points.get(one.old), points.get(one.new)]
        const hashes = one.hashes.map(unb64u)
        await f.checkpoint.checkGrowth(old, newer, hashes)
        const { verifyConsistency } = f.tree
        for (const wrong of [
          () => verifyConsistency(old.size, newer.root, newer.size, newer.root, hashes),
          () => verifyConsistency(old.size, old.root, newer.size, newer.root, [...hashes, new Uint8Array(32)]),
          () => verifyConsistency(old.size, old.root, newer.size, newer.root, hashes.slice(0, -1)),
        ]) {
          await refused(wrong, 'a wrong step')
        }
      }
      for (const one of log.looks) {
        const logged = log.events.find((each) => each.name === one.event)
        const found = await f.event.verifyLook(one.look, policy, false)
        equal([found.index, b64u(found.entry)], [logged.index, logged.entry])
        const permit = (now) => f.permit.verifyPermit(one.look, policy, now)
        if (['read', 'deposit', 'recover'].includes(found.event.t)) {
          equal((await permit(found.event.at)).event.vlt, story.vlt)
          await refused(() => permit(found.event.at + 10), 'an old permit')
        } else {
          await refused(() => permit(found.event.at), 'no permit')
        }
      }
      const { WAIT, checkCurrent, verifyOrganisation } = f.organisation
      for (const one of log.looks.slice(0, 3)) {
        const { token } = story.signed.find((each) => each.name === one.event)
        const found = await verifyOrganisation(token, publicHalf(story.keys.directory))
        await checkCurrent(found, one.look, policy, found.iat + WAIT)
        await refused(() => checkCurrent(found, one.look, policy, found.iat + WAIT - 1), 'too young a key')
      }
      for (const twin of log.log_twins ?? story.log_twins) {
        await refused(() => f.event.verifyLook(twin.look, policy, false), twin.why)
      }
    },
  ],
  [
    'what the labels of appendix B answer',
    async (f) => {
      const { b64u } = f.spelling
      const bytes = Uint8Array.from({ length: 32 }, (_, at) => at), zero = '00000000-0000-4000-8000-000000000000'
      equal(b64u(await f.keyring.keyringKey(bytes)), 'idcdC7IqE4xyPfl-WrKdYMmc75aRR3E9rQm-M1lF8k4')
      equal(b64u(await f.keyring.sendingKey(bytes)), 'XFXPAz22vcw4T4GFO2WNdJphoIk5LLH3oXG-qoojTqc')
      equal(b64u(await f.slots.slotKey(bytes, zero, 'prf')), 'U5et6c6Ektc_2Oxpzu6dTR4JE4-GP_-XuSb3lgsqmYI')
      equal(b64u(await f.slots.prfInput(zero)), '3x6obmtNhN_FjzXuSdZ_ToB73Iaj3j9bFyJgslSaTcc')
      equal(await f.keyring.dkCommit(bytes), 'iuhh3lgJlFuumY-ijC5KN7zuukaqNwiLPpkvEyu0wjg')
    },
  ],
  [
    'slots: codes, words, a pass, shares',
    async (f, load) => {
      const file = await load('slots')
      const { b64u, unb64u } = f.spelling
      for (const one of file.codes) {
        equal(f.slots.writeCode(unb64u(one.secret)), one.code)
        equal(b64u(f.slots.readCode(` ${one.code.toLowerCase().replaceAll('-', ' ')}`)), one.secret)
      }
      for (const text of file.refused_codes) await refused(() => f.slots.readCode(text), text)
      for (const { typed, normal } of file.words) {
        if (normal === null) await refused(() => f.slots.normalWords(typed), typed)
        else equal(f.slots.normalWords(typed), normal)
      }
      const { typed, kdf, pepper, secret, slot, key } = file.pass
      equal(b64u(await f.slots.passSecret(typed, kdf, unb64u(pepper))), secret)
      equal(b64u(await f.slots.slotKey(unb64u(secret), slot, 'pass')), key)
      await refused(() => f.slots.passSecret(typed, { ...kdf, t: 2 }, unb64u(pepper)), 'a cheaper pass')
      for (const one of file.shares) {
        equal(b64u(await f.slots.joinShares(one.shares.slice(0, one.k).map(unb64u))), one.secret)
      }
    },
  ],
  [
    'attachments',
    async (f, load) => {
      const file = await load('attachment')
      const { b64u, unb64u } = f.spelling
      for (const [length, padded] of file.padded_lengths) equal(f.padding.paddedLength(length), padded)
      for (const one of file.cases) {
        equal(f.attachment.blobLength(one.entry.len), one.blob_length)
        const plain = Uint8Array.from({ length: one.entry.len }, (_, at) => at % 251)
        const padded = new Uint8Array(f.padding.paddedLength(plain.length))
        padded.set(plain)
        const place = f.attachment.context(file.place, file.place.att)
        const blob = await gathered(f.attachment.encryptChunks(unb64u(one.entry.key), unb64u(one.salt), place, [padded]))
        equal(await f.spelling.H(blob), one.entry.h)
        if (one.blob) equal(b64u(blob), one.blob)
        const entry = f.attachment.readEntry(one.entry)
        equal(b64u(await gathered(f.attachment.openAttachment([blob], entry, file.place))), b64u(plain))
      }
    },
  ],
  [
    'a proof of possession is written as frozen',
    async (f, load) => {
      const file = await load('dpop')
      const key = await f.jose.signer(await f.jose.newSigningKey())
      const parts = (token) => token.split('.').slice(0, 2).map((part) => f.spelling.parseJson(f.spelling.unb64u(part)))
      const [header, claims] = parts(await f.dpop.makeProof(key, file.method, file.url, file.now, file.ath, file.jti))
      const [theirs, frozen] = parts(file.proof)
      equal(claims, frozen)
      equal({ ...header, jwk: null }, { ...theirs, jwk: null })
      equal(Object.keys(header.jwk), Object.keys(theirs.jwk))
    },
  ],
]
