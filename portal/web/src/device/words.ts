// SPDX-License-Identifier: EUPL-1.2
// The machine's words, in a chunk of their own: the one list of the whole project.
import list from '../../../../formats/words_nl.txt?raw'

/** The 2,048 short Dutch words, in the order of the file. */
export const dutchWords: readonly string[] = list.split(/\s+/).filter(Boolean)
