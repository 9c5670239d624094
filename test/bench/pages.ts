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

/** How long a reader waits for the board: drawn by us, and in Chromium from the request to the first paint and to the end, beside a page with one line. @throws Error without Chromium */
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
    const paints: Loading[] = []
    const floors: Loading[] = []
    for (let round = 0; round < rounds; round++) {
      floors.push(await load(browser, `${showcase.url}/a-line-of-text`))
      paints.push(await load(browser, showcase.url + SHOWN.board))
    }
    const medianOf = (loads: readonly Loading[], key: keyof Loading) => median(loads.map(one => one[key]))
    return [
      buildLine(`${name}.drawn`, median(drawn), 'ms'),
      buildLine(`${name}.size`, bytes / 2 ** 20, 'MB'),
      buildLine(`${name}.first-paint`, medianOf(paints, 'painted'), 'ms', medianOf(floors, 'painted')),
      buildLine(`${name}.whole`, medianOf(paints, 'whole'), 'ms', medianOf(floors, 'whole')),
    ]
  } finally {
    await browser.close()
  }
}

/** Milliseconds from the request, in a browser that has seen nothing yet: to the first paint, and until all is there and read. */
interface Loading {
  readonly painted: number
  readonly whole: number
}

async function load(browser: Browser, address: string): Promise<Loading> {
  await using watched = await openWatched(browser)
  await watched.page.goto(address)
  return await watched.page.evaluate<Loading>(
    `new Promise(done => new PerformanceObserver(list => done({
      painted: list.getEntriesByName('first-contentful-paint')[0].startTime,
      whole: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
    })).observe({ type: 'paint', buffered: true }))`,
  )
}
