// SPDX-License-Identifier: EUPL-1.2
// Padding: how long a sealed thing is allowed to look. P(n) is the Padmé rule with a floor of 512: at most 12 %
// longer, and all lengths that share a step look alike. JSON carries it as the last member `pad`, a text of zeros;
// attachments get zero bytes. Mirrors formats/padding.py. Source: formats.md section 3, "Padding".
import { type Claims, dumpJson, parseJson, refuse } from './spelling.ts'

const FLOOR = 512
const bits = (n: number) => n.toString(2).length

/** P(n): the length in bytes that `n` bytes are brought to. */
export function paddedLength(n: number): number {
  if (n <= FLOOR) return FLOOR
  const exponent = bits(n) - 1
  const step = 2 ** (exponent - bits(exponent))
  return Math.ceil(n / step) * step
}

/** The same members with `pad` behind them, so long that `dumpJson` of the result has exactly P(n) bytes; n is the
 * length with `"pad":""`. */
export function pad(members: Claims): Claims {
  if (Object.hasOwn(members, 'pad')) refuse('pad')
  const n = dumpJson({ ...members, pad: '' }).length
  return { ...members, pad: '0'.repeat(paddedLength(n) - n) }
}

/** The members of a padded JSON payload, without `pad`. Refuses unless `pad` is the last member, holds only zeros, and
 * the payload is exactly P(length − pad length) bytes. */
export function readPadded(payload: Uint8Array): Claims {
  const { pad: zeros, ...members } = parseJson(payload)
  // The order of the text, not of the object: an object puts names that look like numbers first.
  if (typeof zeros !== 'string' || /[^0]/.test(zeros)) refuse('pad')
  const tail = new TextDecoder().decode(payload.subarray(payload.length - zeros.length - 64))
  if (!/"pad"\s*:\s*"0*"\s*\}\s*$/.test(tail)) refuse('pad')
  return payload.length === paddedLength(payload.length - zeros.length) ? members : refuse('pad')
}
