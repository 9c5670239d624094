import { findChromium, openChromium, openWatched } from './support/browser.ts'
import { openShowcase, SHOWN } from './support/showcase.ts'

await using showcase = await openShowcase()
const browser = await openChromium(findChromium()!)
const show = async (address: string, rounds = 9) => {
  const all: number[][] = []
  for (let round = 0; round < rounds; round++) {
    await using watched = await openWatched(browser)
    await watched.page.goto(address)
    all.push(
      await watched.page.evaluate<number[]>(
        `new Promise(done => new PerformanceObserver(list => { const n = performance.getEntriesByType('navigation')[0]; const css = performance.getEntriesByType('resource').map(r => r.responseEnd); done([n.requestStart, n.responseStart, n.responseEnd, Math.max(...css, 0), n.domInteractive, n.domContentLoadedEventEnd, list.getEntriesByName('first-contentful-paint')[0].startTime]) }).observe({ type: 'paint', buffered: true }))`,
      ),
    )
  }
  console.log(address, 'requestStart responseStart responseEnd css domInteractive dcl fcp')
  console.log(
    all[0]!.map((_, i) => Math.round(all.map(r => r[i]!).sort((a, b) => a - b)[rounds >> 1]!)).join(' '),
  )
}
await show(showcase.url + SHOWN['board-of-nobody'])
await show(showcase.url + SHOWN['board-of-few'])
await show(showcase.url + SHOWN.board)
await show(showcase.url + SHOWN.weights)
await browser.close()
process.exit(0)
