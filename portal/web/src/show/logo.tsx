// SPDX-License-Identifier: EUPL-1.2
// A team's logo, drawn from the bytes that the directory signed. It decorates: the name stands beside it. A picture is
// drawn on a canvas, as elsewhere: the page's content policy takes none from any address.
import { useEffect, useRef } from 'preact/hooks'
import { MAX_SIDE } from '../formats/listing.ts'
import type { Bytes } from '../formats/spelling.ts'

/** Nothing until it is drawn, and nothing when these bytes are no picture after all. */
export function Logo({ data }: { readonly data: Bytes }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let here = true
    void createImageBitmap(new Blob([data], { type: 'image/png' })).then((picture) => {
      const place = canvas.current
      if (!here || !place || Math.max(picture.width, picture.height) > MAX_SIDE) return
      place.width = picture.width
      place.height = picture.height
      place.getContext('2d')?.drawImage(picture, 0, 0)
      place.hidden = false
    }, () => undefined)
    return () => {
      here = false
    }
  }, [data])
  return <canvas ref={canvas} class="logo" aria-hidden="true" hidden />
}
