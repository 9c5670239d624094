import { z } from 'zod'
import { Who } from './board-data.ts'
import { placed } from './cell.ts'
import { count, moment, points, short } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'

/** What a window pays, to whom and why. */
export const WeightsPage = z.object({
  /** null before the first window is settled. */
  window: z.int().nullable(),
  block: z.int(),
  settled: z.string().nullable(),
  lines: z.array(
    z.object({
      ...Who.shape,
      why: z.enum(['champion', 'credit']),
      share: z.number(),
      uid: z.int().nullable(),
      /** Why it is burned; null if it is paid. */
      burned: z.enum(['no-miner', 'not-registered']).nullable(),
    }),
  ),
  burned: z.number(),
  /** As they go to the chain: 16 bits, together 65,535. */
  weights: z.array(z.object({ uid: z.int(), weight: z.int(), hotkey: z.string().nullable() })),
  /** When they were set; null if they are not. */
  set: z.object({ block: z.int(), at: z.string().nullable() }).nullable(),
})
export type WeightsPage = z.infer<typeof WeightsPage>

export function renderWeights(site: Site, page: WeightsPage): string {
  const body = html`<p class="eyebrow">${page.window === null ? 'No window is settled yet' : `Settled with window ${page.window}`} · block ${count(page.block)}</p>
<h1>Weights</h1>
<div id="weights" data-live><p class="standfirst">${standfirst(page)}</p>
${page.lines.length === 0 ? undefined : renderLines(page)}${page.weights.length === 0 ? undefined : renderChain(page)}</div>
<h2>The rule</h2>
<p>The champion gets a fifth for holding the place that others have to beat. The rest follows credits: the gain over the champion before it that an agent proved when it took the crown, at the lower end of its interval. A credit counts half after 14 days. What nobody earned goes to nobody, so that a champion who sits still is paid little.</p>`
  return renderPage(site, { title: 'Weights', under: '/weights', data: '/weights.json', body })
}

function standfirst({ window, lines, burned, set }: WeightsPage): Markup {
  if (window === null) return html`The first weights follow from the first window that is settled.`
  const paid = new Set(lines.filter(line => line.burned === null).map(({ hotkey }) => hotkey)).size
  const when =
    set === null
      ? 'They are not on the chain yet.'
      : html`They were set at block ${count(set.block)}${set.at === null ? '' : html`, <time datetime="${set.at}">${moment(set.at)}</time>`}.`
  return html`${paid === 1 ? 'One hotkey is' : `${paid} hotkeys are`} paid, and ${points(burned)} % ${burned > 0.0005 ? 'goes to nobody' : 'is burned'}. ${when}`
}

const BURNED = {
  'no-miner': 'burned: it is no miner',
  'not-registered': 'burned: its hotkey is not registered',
} as const

function renderLines({ lines, burned }: WeightsPage): Markup {
  const lost = lines.reduce((sum, line) => sum + (line.burned === null ? 0 : line.share), 0)
  const unearned = Math.max(0, burned - lost)
  const most = Math.max(unearned, ...lines.map(({ share }) => share), 0.001)
  const bar = (share: number): Markup =>
    html`<span class="bar amount ${placed({ score: share / most, low: 0, high: share / most })}"></span>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Who is paid"><table><caption><b>Table 1.</b> Who is paid which part of everything, and why.</caption>
<thead><tr><th scope="col">Agent</th><th scope="col">Why</th><th scope="col" class="number">Part</th><th scope="col"><span class="hidden">Part as a bar</span></th><th scope="col">To</th></tr></thead>
<tbody>${lines.map(
    line =>
      html`<tr><th scope="row"><a href="/agents/${line.submission}"><bdi>${line.agent}</bdi></a> <span class="soft">${short(line.hotkey)}</span></th><td>${line.why === 'champion' ? 'it is champion' : 'credit for its gain'}</td><td class="number">${points(line.share, 2)} %</td><td>${bar(line.share)}</td><td>${line.burned === null ? `uid ${line.uid ?? ''}` : html`<span class="soft">${BURNED[line.burned]}</span>`}</td></tr>`,
  )}<tr><th scope="row">nobody</th><td>not earned</td><td class="number">${points(unearned, 2)} %</td><td>${bar(unearned)}</td><td><span class="soft">burned</span></td></tr></tbody></table></div>`
}

function renderChain({ weights }: WeightsPage): Markup {
  return html`<h2>As they go to the chain</h2><div class="scroll" tabindex="0" role="region" aria-label="Weights of uids"><table class="slim"><caption><b>Table 2.</b> Whole numbers of 16 bits, which add up to 65 535.</caption>
<thead><tr><th scope="col" class="number">uid</th><th scope="col" class="number">Weight</th><th scope="col">Hotkey</th></tr></thead><tbody>${weights.map(
    ({ uid, weight, hotkey }) =>
      html`<tr><td class="number">${uid}</td><td class="number">${count(weight)}</td><td>${hotkey === null ? html`<span class="soft">burned</span>` : html`<code class="bare">${hotkey}</code>`}</td></tr>`,
  )}</tbody></table></div>`
}
