import { z } from 'zod'
import { MirrorEntry } from '../mirrors/mirror.ts'
import { count, counted, moment, money, points, short } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'

const Mirror = z.object({
  source: z.string(),
  netuid: z.int(),
  /** Where it was read, when, and the SHA-256 of what was read. */
  origin: z.string(),
  taken: z.string(),
  digest: z.string(),
  block: z.int().nullable(),
  entries: z.array(MirrorEntry),
})
type Mirror = z.infer<typeof Mirror>

/** Boards of other subnets, as they were read. */
export const MirrorsPage = z.object({ mirrors: z.array(Mirror) })
export type MirrorsPage = z.infer<typeof MirrorsPage>

const MOST_ROWS = 100

export function renderMirrors(site: Site, { mirrors }: MirrorsPage): string {
  const body = html`<h1>Other boards</h1>
<p class="standfirst">What boards of other subnets say of themselves, copied as it was read. Nothing of it was judged here, and nobody is ranked or paid by it: each has its own tasks and its own scale.</p>
<div id="mirrors" data-live>${mirrors.length === 0 ? html`<p>None was read yet: <code>npx arete mirror import --source ridges &lt;file or address&gt;</code></p>` : mirrors.map(renderMirror)}</div>`
  return renderPage(site, { title: 'Other boards', under: '/mirrors', data: '/mirrors.json', body })
}

function renderMirror(mirror: Mirror): Markup {
  const { source, netuid, origin, taken, digest, block, entries } = mirror
  const columns = columnsOf(entries)
  const name = source.charAt(0).toUpperCase() + source.slice(1)
  return html`<section aria-labelledby="${source}"><h2 id="${source}">${name}, subnet ${netuid}</h2>
<dl class="facts"><dt>Read</dt><dd><time datetime="${taken}">${moment(taken)}</time> from <bdi>${origin}</bdi></dd>${block === null ? undefined : html`<dt>Its block</dt><dd>${count(block)}</dd>`}<dt>Digest</dt><dd><code class="bare">${digest}</code></dd></dl>
<div class="scroll" tabindex="0" role="region" aria-label="The board of ${name}"><table><caption>${counted(entries.length, 'row')}, in its own order and numbers.</caption>
<thead><tr><th scope="col" class="number">#</th><th scope="col">MirrorEntry</th>${columns.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}</tr></thead>
<tbody>${entries
    .slice(0, MOST_ROWS)
    .map(
      one =>
        html`<tr><td class="number">${one.rank}</td><th scope="row"><bdi>${one.name}</bdi>${one.hotkey === null ? undefined : html` <span class="soft">${short(one.hotkey, 10)}</span>`}</th>${columns.map(({ show }) => html`<td class="number">${show(one)}</td>`)}</tr>`,
    )}</tbody></table></div>${entries.length > MOST_ROWS ? html`<p class="more">${counted(entries.length - MOST_ROWS, 'more row')} in the data.</p>` : undefined}</section>`
}

interface Column {
  readonly label: string
  readonly show: (entry: MirrorEntry) => string
}

const DASH = '\u2013'

/** What a board does not tell has no column. */
function columnsOf(entries: readonly MirrorEntry[]): Column[] {
  const names = [...new Set(entries.flatMap(({ environments }) => Object.keys(environments)))].slice(0, 20)
  const of = (
    label: string,
    pick: (entry: MirrorEntry) => number | string | null | undefined,
    show: (value: number) => string = figure,
  ): Column[] => {
    const text = (entry: MirrorEntry): string => {
      const value = pick(entry)
      return value == null ? DASH : typeof value === 'number' ? show(value) : value
    }
    return entries.some(entry => pick(entry) != null) ? [{ label, show: text }] : []
  }
  return [
    ...of('Score', ({ score }) => score),
    ...names.flatMap(name =>
      of(name, ({ environments }) => (Object.hasOwn(environments, name) ? environments[name] : undefined)),
    ),
    ...of('Cost of a task', ({ cost }) => cost, money),
    ...of(
      'Paid',
      ({ weight }) => weight,
      value => `${points(value)} %`,
    ),
    ...of('Status', ({ status }) => status),
  ]
}

/** As the other board gives it, to four digits. */
function figure(value: number): string {
  return String(Number(value.toPrecision(4)))
}
