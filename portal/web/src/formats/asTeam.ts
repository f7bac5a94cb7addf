// SPDX-License-Identifier: EUPL-1.2
// What a team signs: the question, the answer to "Waarom keek je?", "we hold these keys", and what it did after an end.
// The signing halves of formats/request.py and formats/receipt.py, apart from the checking ones: only a desk loads them.
import { type SigningKey, sign } from './jose.ts'
import { CLOSING, verifyClosing } from './receipt.ts'
import { IMPORT, type Item, REQUEST, type Request, WHY, verifyImport, verifyRequest, verifyWhy } from './request.ts'

/** What a question says; see `Request`. */
export type Asking = Omit<Request, 'token' | 'sid'>

/** The question, signed by the team. `role` and `name` say who will look; `note` is shown as a quote. */
export async function signRequest(key: SigningKey, asking: Asking): Promise<string> {
  const { iss, jti, iat, exp, org, act, pur, knd, nbf, ends, gnd, note, role, name, off } = asking
  const items = asking.items.map(({ kind, ref, required }: Item) => ({ kind, ref, req: required }))
  const claims = { iss, jti, iat, exp, org, act, pur, knd, items, nbf, ends, gnd, note, who: { role, name }, off }
  const token = await sign(claims, REQUEST, key)
  await verifyRequest(token, key.jwk) // what we would refuse we do not sign
  return token
}

/** Why we looked: to question `ask` about log entry `entry`, by employee `emp` as the log names that colleague. */
export async function signWhy(
  key: SigningKey,
  { iss, vlt, ask, entry, text, emp, iat }: { iss: string; vlt: string; ask: string; entry: string; text: string; emp: string; iat: number },
): Promise<string> {
  const token = await sign({ iss, vlt, ask, entry, text, emp, iat }, WHY, key)
  await verifyWhy(token, key.jwk)
  return token
}

/** We hold these keys: `env` are the H of the envelopes that were opened for grant `gnt`. */
export async function signImport(
  key: SigningKey,
  { iss, vlt, gnt, env, iat }: { iss: string; vlt: string; gnt: string; env: readonly string[]; iat: number },
): Promise<string> {
  const token = await sign({ iss, vlt, gnt, env: [...env].sort(), iat }, IMPORT, key)
  await verifyImport(token, key.jwk)
  return token
}

/** After the end of grant `gnt`: erased; or kept `until` (seconds) under `art`, both given. */
export async function signClosing(
  key: SigningKey,
  { iss, vlt, gnt, until, art, iat }: { iss: string; vlt: string; gnt: string; until: number | null; art: string | null; iat: number },
): Promise<string> {
  const ans = until === null && art === null ? 'erased' : 'kept'
  const token = await sign({ iss, vlt, gnt, ans, until, art, iat }, CLOSING, key)
  await verifyClosing(token, key.jwk)
  return token
}
