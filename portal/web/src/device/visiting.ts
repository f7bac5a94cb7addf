// SPDX-License-Identifier: EUPL-1.2
// Somebody at this device: signing in and out, and what the device remembers of them. Nothing here opens anything.
import { Device } from './device.ts'
import { Directory } from './directory.ts'
import { Offline, Refused, Unavailable } from './errors.ts'
import { call } from './http.ts'
import { LOCK_MINUTES } from './locking.ts'
import { type Pins, readPins } from './proofs.ts'
import type { Lang, Settings } from './shapes.ts'
import { SignIn } from './signin.ts'
import { type Choices, Storage } from './storage.ts'

/** `/portal.json`. Raises Unavailable or Offline. */
export async function readSettings(): Promise<Settings> {
  return (await call('GET', `${location.origin}/portal.json`)).json<Settings>()
}

/** What a device has before anybody signs in. */
export interface Here {
  readonly settings: Settings
  readonly pins: Pins
  readonly storage: Storage
  readonly choices: Choices
}

/** Reads what this device remembers. Raises Unavailable or Offline. */
export async function here(settings: Settings): Promise<Here> {
  const storage = await Storage.open()
  const choices = (await storage.get('choices')) ?? { lang: null, title: null, lockMinutes: LOCK_MINUTES }
  return { settings, pins: await readPins(settings.pins), storage, choices }
}

/** Who is at this device, signed in or not. */
export class Visitor {
  /** Which installation this is. */
  readonly settings: Settings
  protected readonly storage: Storage
  protected readonly choices: Choices
  protected readonly signin: SignIn
  protected readonly device: Device
  protected readonly directory: Directory
  protected readonly pins: Pins

  constructor({ settings, pins, storage, choices }: Here) {
    this.settings = settings
    this.storage = storage
    this.choices = choices
    this.signin = new SignIn(storage, `${pins.origin}/person`, settings.client)
    this.device = new Device(pins.origin, this.signin, storage)
    this.directory = new Directory(pins)
    this.pins = pins
  }

  // -- signing in --------------------------------------------------------------------------------------------

  /** Whether somebody is signed in. A reload signs out: tokens are in memory only. */
  get signedIn(): boolean {
    return this.signin.vlt !== ''
  }

  /** The vault's pseudonym, "" before signing in. */
  get vlt(): string {
    return this.signin.vlt
  }

  /** Goes to the identity provider; the page is left. `back`: where in the portal to go on (a path). */
  signsIn(back: string): Promise<never> {
    return this.signin.leave(back)
  }

  /** Called once when the page starts: takes a sign-in that came back out of the address. Answers where to go on, or
   * null when there was none. Refused when the sign-in failed or was broken off (`access_denied`). */
  async returns(): Promise<string | null> {
    const back = await this.signin.take()
    if (back === null) return null
    await this.device.recall()
    return back
  }

  /** Ends the sign-in here and at the server. The screen goes on to `/bye`. Never fails: what cannot be told to the
   * server runs out by itself. */
  async signsOut(): Promise<void> {
    try {
      await this.signin.end()
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof Offline || error instanceof Refused)) throw error
    }
  }

  // -- what this device remembers ----------------------------------------------------------------------------

  /** The language of screens and signed texts; remembered on this device. */
  get lang(): Lang {
    return this.choices.lang ?? (navigator.language.startsWith('en') ? 'en' : 'nl')
  }
  set lang(lang: Lang) {
    this.choices.lang = lang
    this.chooses()
  }

  /** The title of the browser tab, which she may change; remembered on this device. */
  get tabTitle(): string | null {
    return this.choices.title
  }
  set tabTitle(title: string | null) {
    this.choices.title = title
    this.chooses()
  }

  protected chooses(): void {
    // Not kept (a full disk, a private window): then it holds until the page is left.
    this.storage.put('choices', this.choices).catch(() => undefined)
  }
}
