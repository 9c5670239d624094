import { setTimeout } from 'node:timers/promises'
import type { Context } from 'hono'
import { cutAtFold } from '../pages/fold.ts'

/** Milliseconds in which a browser gets what is above the fold on the screen; it would lay out whatever comes sooner before it paints anything. */
const HOLD = 50

/** Answers with a page; one that has a fold goes out in two pieces, so that its top is seen long before all of a large table is laid out. */
export function sendPage(c: Context, page: string): Response {
  const pieces = cutAtFold(page)
  if (pieces === undefined) return c.html(page) as Response
  const encoder = new TextEncoder()
  let isTop = true
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (isTop) {
          isTop = false
          controller.enqueue(encoder.encode(pieces.top))
          return
        }
        await setTimeout(HOLD)
        controller.enqueue(encoder.encode(pieces.rest))
        controller.close()
      },
    },
    // Who has the page already, and is told so, reads none of it.
    { highWaterMark: 0 },
  )
  return c.body(body, 200, { 'content-type': 'text/html; charset=UTF-8' })
}
