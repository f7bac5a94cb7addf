// SPDX-License-Identifier: EUPL-1.2
import { Offline, Unavailable } from './errors.ts'

/** A part of the bundle that is loaded when it is needed. Offline or Unavailable when it does not come. */
export async function late<T>(loading: () => Promise<T>): Promise<T> {
  try {
    return await loading()
  } catch {
    throw navigator.onLine ? new Unavailable('a part of the page did not load') : new Offline()
  }
}
