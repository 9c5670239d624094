import fs from 'node:fs'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium as the machine has it; undefined if it has none. */
export function findChromium(): string | undefined {
  return [process.env.ARETE_CHROMIUM ?? '', ...PLACES].find(place => place !== '' && fs.existsSync(place))
}

/** A browser that asks nobody outside for anything. */
export async function openChromium(executablePath: string): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
  ]
  return await chromium.launch({ executablePath, args })
}

/** What a page did that it should not have. */
export interface Watched {
  readonly page: Page
  /** Errors of the console and of scripts, refused policies among them. */
  readonly errors: string[]
  /** How far things moved that a reader had before his eyes already. */
  readonly shift: () => Promise<number>
}

export interface Opening {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
  readonly withScript?: boolean
}

/** A fresh page, watched from its beginning. */
export async function openWatched(
  browser: Browser,
  opening: Opening = {},
): Promise<Watched & AsyncDisposable> {
  const { width = 1440, scheme = 'light', withScript = true } = opening
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 900 },
    colorScheme: scheme,
    javaScriptEnabled: withScript,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', message => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', error => errors.push(error.message))
  if (withScript) await page.addInitScript(SHIFTS)
  return {
    ...{ page, errors },
    shift: async () => await page.evaluate<number>('window.shifted ?? 0'),
    [Symbol.asyncDispose]: async () => await context.close(),
  }
}

/** Counts shifts that no input caused. */
const SHIFTS = `
  window.shifted = 0
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
  }).observe({ type: 'layout-shift', buffered: true })`

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

/** What axe says is in the way of somebody who reads or works otherwise; each rule with the first element that breaks it. */
export async function findBarriers(page: Page): Promise<string[]> {
  // A strict policy lets no script tag in; what the test evaluates is not the page's.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)')
  return violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0]!.html.slice(0, 200)}`)
}
