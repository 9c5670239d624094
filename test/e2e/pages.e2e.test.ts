import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeBoard } from '../support/board.ts'
import { findBarriers, findChromium, openChromium, openWatched } from '../support/browser.ts'
import { openShowcase, SHOWN, type Showcase } from '../support/showcase.ts'

/** Pictures of all pages, for people to look at; not kept in the repository. */
const PICTURES = path.resolve(import.meta.dirname, '../screenshots')
const WHOLE = process.env.ARETE_TESTS === 'whole'
const WIDTHS = [390, 768, 1440]
const SCHEMES = ['light', 'dark'] as const

const program = findChromium()
if (program === undefined)
  console.warn(
    'The pages were not looked at in a browser: there is no Chromium here; "apt-get install chromium" brings it',
  )

describe.skipIf(program === undefined)('pages in Chromium', () => {
  let showcase: Showcase
  let browser: Browser
  beforeAll(async () => {
    fs.mkdirSync(PICTURES, { recursive: true })
    showcase = await openShowcase()
    browser = await openChromium(program!)
  })
  afterAll(async () => {
    await browser?.close()
    await showcase?.[Symbol.asyncDispose]()
  })

  describe.each(Object.entries(SHOWN))('%s', (name, address) => {
    test.each(SCHEMES)('in %s: no barrier, no error, nothing moves, nothing sticks out', async scheme => {
      for (const width of WIDTHS) {
        await using watched = await openWatched(browser, { width, scheme })
        const { page, errors } = watched
        await page.goto(showcase.url + address)
        await page.locator('.live[data-state=on]').waitFor()
        const reach = await page.evaluate<number>('document.documentElement.scrollWidth')

        // The large board has nothing that the small one lacks, but takes axe a minute; the phone in the dark and the wide screen in the light differ most.
        if ((name !== 'board' || WHOLE) && width === (scheme === 'dark' ? WIDTHS[0] : WIDTHS.at(-1)))
          expect(await findBarriers(page)).toEqual([])
        expect(errors).toEqual([])
        // On a busy machine a late stroke may move a line by less than anybody sees; 0.1 is what the web calls good.
        expect(await watched.shift()).toBeLessThan(0.02)
        expect(reach).toBeLessThanOrEqual(width)
        await page.screenshot({
          path: path.join(PICTURES, `${name}-${width}-${scheme}.png`),
          fullPage: name !== 'board',
        })
      }
    })
  })

  test('a change shows without loading again, where one was stays, and nothing moves', async () => {
    await using watched = await openWatched(browser)
    const { page } = watched
    const board = fakeBoard(60, 4)
    showcase.show(board)
    await page.goto(`${showcase.url}/board`)
    await page.locator('.live[data-state=on]').waitFor()
    await page.evaluate('window.mark = 1')
    await page.locator('summary').first().click()
    await page.locator('.board tr[id] th a').nth(19).focus()
    const focused = await page.evaluate('document.activeElement.href')

    // What moves while a page is loaded is told above.
    const before = await watched.shift()
    const [first, ...rest] = board.rows
    showcase.show({ ...board, rows: [{ ...first!, agent: 'renamed-champion' }, ...rest] })

    await page.locator('#table').getByText('renamed-champion').waitFor()
    expect(await page.evaluate('window.mark')).toBe(1)
    expect(await page.evaluate('document.activeElement.href')).toBe(focused)
    expect(await page.evaluate("document.querySelector('details').open")).toBe(true)
    expect(await watched.shift()).toBe(before)
    expect(watched.errors).toEqual([])
  })

  test('with the keys alone one skips to the content, sorts in place, and scrolls to the last environment', async () => {
    await using watched = await openWatched(browser)
    const { page } = watched
    await page.goto(showcase.url + SHOWN['board-of-few'])
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.className')).toBe('skip')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')

    await page.evaluate('window.mark = 1')
    await tabTo('#table .board')
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.evaluate<number>('document.activeElement.scrollLeft')).toBeGreaterThan(0)
    await tabTo('a[data-sort][href*=agent]')
    await page.keyboard.press('Enter')
    await page.locator('th[aria-sort=ascending] a[href*=agent]').waitFor()
    expect(page.url()).toContain('/board?sort=agent')
    expect(await page.evaluate('window.mark')).toBe(1)
    expect(watched.errors).toEqual([])

    async function tabTo(selector: string): Promise<void> {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab')
        if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`))
          return
      }
      throw new Error(`60 times Tab did not lead to ${selector}`)
    }
  })

  test('without script one sorts by a link, and finds by a form', async () => {
    await using watched = await openWatched(browser, { withScript: false })
    const { page } = watched
    const board = fakeBoard(60, 4)
    showcase.show(board)
    await page.goto(`${showcase.url}/board`)
    await page.getByRole('link', { name: 'hardening', exact: true }).click()
    expect(page.url()).toContain('sort=hardening')
    await page.getByRole('searchbox').fill(board.rows[7]!.hotkey)
    await page.getByRole('button', { name: 'Show' }).click()

    expect(await page.locator('.board tbody tr').count()).toBe(1)
    expect(page.url()).toContain('sort=hardening')
    expect(watched.errors).toEqual([])
  })

  test('what the policy forbids does not run, even if it stood in a page', async () => {
    const planted = '<script>window.owned = 1</script><img src=x onerror="window.owned = 1">'
    await using open = await openShowcase(page => page.replace('<h1', `${planted}<h1`))
    await using watched = await openWatched(browser)
    await watched.page.goto(open.url + SHOWN.workers)

    expect(await watched.page.evaluate('window.owned ?? 0')).toBe(0)
    expect(watched.errors.join()).toContain('Content Security Policy')
  })

  test('on paper all of it stands on the page, without what can only be clicked', async () => {
    await using watched = await openWatched(browser, { width: 768 })
    await watched.page.goto(showcase.url + SHOWN.attempt)
    await watched.page.emulateMedia({ media: 'print' })

    expect(await watched.page.locator('nav').isVisible()).toBe(false)
    await watched.page.pdf({ path: path.join(PICTURES, 'attempt.pdf'), format: 'A4' })
  })
})
