import fs from 'node:fs'
import path from 'node:path'
import type { Hono } from 'hono'
import { sha256 } from '../../sandbox/digest.ts'
import { FAVICON } from '../pages/layout.ts'
import { BOARD } from '../pages/style-board.ts'

const SCRIPT = fs.readFileSync(path.join(import.meta.dirname, '../pages/app.mjs'), 'utf8')

/** Changes with script and sheet, and stands in their addresses: browsers keep them for good. */
export const STAMP = sha256(Buffer.from(BOARD + SCRIPT)).slice(0, 12)

/** Script, mark and further sheet of the pages. */
export function addAssets(app: Pick<Hono, 'get'>): void {
  const assets = {
    '/board.css': { type: 'text/css', text: BOARD },
    '/app.js': { type: 'text/javascript', text: SCRIPT },
    '/favicon.svg': { type: 'image/svg+xml', text: FAVICON },
  }
  for (const [address, { type, text }] of Object.entries(assets))
    app.get(address, c =>
      c.body(text, 200, {
        'content-type': `${type}; charset=utf-8`,
        'cache-control':
          new URL(c.req.url).search === `?${STAMP}` ? 'public, max-age=31536000, immutable' : 'max-age=300',
      }),
    )
  app.get('/favicon.ico', c => c.redirect('/favicon.svg', 301))
}
