// SPDX-License-Identifier: EUPL-1.2
// `vault-listing+jwt`: how a team is shown, as the directory states it. Counts as its keys do: 72 hours in a witnessed log
// (`checkCurrent`). The logo is a small still PNG inside the statement: nothing is fetched. Mirrors formats/listing.py.
import { verify } from './jose.ts'
import { type Bytes, checkInt, checkMembers, checkOrganisation, checkText, refuse, sid, unb64u } from './spelling.ts'

export const LISTING = 'vault-listing+jwt'
export const MAX_LOGO = 4096 // bytes of the PNG
export const MAX_SIDE = 128 // pixels
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const ORDER = /^IHDR (?:PLTE )?(?:tRNS )?(?:IDAT )+IEND $/
const COLOURS = [0, 2, 3, 4, 6]

/** How `sub` is shown from `iat` until `exp` (seconds). logo: a PNG, or null. */
export interface Listing {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly sub: string
  readonly role: string
  readonly name: string
  readonly address: string
  readonly contact: string
  readonly logo: Bytes | null
  readonly iat: number
  readonly exp: number
}

/** The directory's statement, checked with its pinned key. That it is current and logged: `checkCurrent`. */
export async function verifyListing(token: string, directoryKey: unknown): Promise<Listing> {
  const names = ['iss', 'sub', 'role', 'name', 'address', 'contact', 'logo', 'iat', 'exp']
  const claims = checkMembers(await verify(token, LISTING, directoryKey), names)
  const iat = checkInt(claims.iat), exp = checkInt(claims.exp)
  if (iat >= exp) refuse('listing')
  return {
    token,
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    sub: checkOrganisation(claims.sub),
    role: checkText(claims.role, 40),
    name: checkText(claims.name, 80),
    address: checkText(claims.address),
    contact: checkText(claims.contact),
    logo: claims.logo === null ? null : checkLogo(unb64u(claims.logo)),
    iat,
    exp,
  }
}

/** Refuses all but a small still PNG of picture chunks only: no text, no profile, no animation, nothing behind it. */
export function checkLogo(data: Bytes): Bytes {
  if (data.length > MAX_LOGO || data.length < 33 || PNG.some((byte, at) => data[at] !== byte)) refuse('logo')
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let names = ''
  for (let at = 8; at < data.length;) {
    if (data.length - at < 12) refuse('logo')
    const length = view.getUint32(at), end = at + 8 + length
    if (end + 4 > data.length || crc32(data.subarray(at + 4, end)) !== view.getUint32(end)) refuse('logo')
    const name = String.fromCharCode(...data.subarray(at + 4, at + 8))
    if ((name === 'IHDR' && length !== 13) || (name === 'IEND' && length)) refuse('logo')
    names += `${name} `
    at = end + 4
  }
  if (!ORDER.test(names)) refuse('logo')
  const width = view.getUint32(16), height = view.getUint32(20)
  const [depth, colour, ...zeros] = data.subarray(24, 29)
  if (!width || width > MAX_SIDE || !height || height > MAX_SIDE || depth !== 8) refuse('logo')
  if (!COLOURS.includes(colour ?? -1) || zeros.some(Boolean)) refuse('logo') // compression, filter, interlacing
  return data
}

/** CRC-32 as PNG has it (ISO 3309). */
function crc32(data: Uint8Array): number {
  let crc = -1
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
