import type { Browser } from 'playwright-core'
import { renderBoard } from '../../validator/pages/board.ts'
import { BoardView } from '../../validator/pages/board-view.ts'
import { fakeBoard } from '../support/board.ts'
import { findChromium, openChromium, openWatched } from '../support/browser.ts'
import { fakeSite } from '../support/pages.ts'
import { openShowcase, SHOWN } from '../support/showcase.ts'
import { buildLine, type Line, median } from './measure.ts'

const AGENTS = 256
const ENVIRONMENTS = 12

/** How long a reader waits for the board: drawn by us, and in Chromium from the request to the first paint, beside a page with one line. @throws Error without Chromium */
export async function measurePages({ rounds }: { readonly rounds: number }): Promise<Line[]> {
  const program = findChromium()
  if (program === undefined)
    throw new Error('Cannot measure pages: there is no Chromium; "apt-get install chromium"')
  const name = `pages.board-${AGENTS}x${ENVIRONMENTS}`
  const board = fakeBoard(AGENTS, ENVIRONMENTS)
  const drawn = Array.from({ length: 5 * rounds }, () => {
    const start = performance.now()
    renderBoard(fakeSite(), board, BoardView.parse({}))
    return performance.now() - start
  })
  await using showcase = await openShowcase()
  const bytes = (await (await fetch(showcase.url + SHOWN.board)).arrayBuffer()).byteLength
  const browser = await openChromium(program)
  try {
    const paints: number[] = []
    const floors: number[] = []
    for (let round = 0; round < rounds; round++) {
      floors.push(await paintOf(browser, `${showcase.url}/a-line-of-text`))
      paints.push(await paintOf(browser, showcase.url + SHOWN.board))
    }
    return [
      buildLine(`${name}.drawn`, median(drawn), 'ms'),
      buildLine(`${name}.size`, bytes / 2 ** 20, 'MB'),
      buildLine(`${name}.first-paint`, median(paints), 'ms', median(floors)),
    ]
  } finally {
    await browser.close()
  }
}

/** Milliseconds from the request to the first paint, in a browser that has seen nothing yet. */
async function paintOf(browser: Browser, address: string): Promise<number> {
  await using watched = await openWatched(browser)
  await watched.page.goto(address)
  return await watched.page.evaluate<number>(
    `new Promise(done => new PerformanceObserver(list => done(list.getEntriesByName('first-contentful-paint')[0].startTime)).observe({ type: 'paint', buffered: true }))`,
  )
}
