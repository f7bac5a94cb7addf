// SPDX-License-Identifier: EUPL-1.2
import { render } from 'preact'

const place = document.getElementById('app')
if (place) {
  place.replaceChildren()
  render(<h1>Kluisje</h1>, place)
}
