// SPDX-License-Identifier: EUPL-1.2
// What every part of an opened vault works with: the line, the keys, the chain, the drawers, the directory.
import type { Chain } from './chain.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import type { Drawers } from './drawers.ts'
import type { PersonKeys } from './keyring.ts'

/** A part of an opened vault. */
export class OfOpened {
  protected readonly device: Device
  protected readonly keys: PersonKeys
  protected readonly chain: Chain
  protected readonly drawers: Drawers
  protected readonly directory: Directory

  constructor(device: Device, keys: PersonKeys, chain: Chain, drawers: Drawers, directory: Directory) {
    this.device = device
    this.keys = keys
    this.chain = chain
    this.drawers = drawers
    this.directory = directory
  }
}
