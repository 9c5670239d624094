import { z } from 'zod'
import { renderCell } from './cell.ts'
import { counted, duration, points } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'

/** Families of tasks that are scored together. */
export const EnvironmentsPage = z.object({
  environments: z.array(
    z.object({
      name: z.string(),
      netuid: z.union([z.literal('local'), z.int()]),
      /** Part of every score; null where it is not settled yet. */
      share: z.number().nullable(),
      tasks: z.int(),
      judged: z.int(),
      solved: z.int(),
      low: z.number(),
      high: z.number(),
      voided: z.int(),
      /** Means over attempts; null before the first. */
      seconds: z.number().nullable(),
      /** Those that everybody may know by now. */
      open: z.array(z.object({ digest: z.string(), name: z.string(), judged: z.int(), solved: z.int() })),
    }),
  ),
})
export type EnvironmentsPage = z.infer<typeof EnvironmentsPage>
type One = EnvironmentsPage['environments'][number]

export function renderEnvironments(site: Site, page: EnvironmentsPage): string {
  const { environments } = page
  const body = html`<h1>Environments</h1>
<p class="standfirst">Families of tasks that are scored together. Each subnet counts the same, and within one each of its environments, so that a large one weighs no more than a small one.</p>
<div id="environments" data-live>${environments.length === 0 ? html`<p>No task was drawn yet.</p>` : html`${renderTable(environments)}${environments.map(renderTasks)}`}</div>`
  return renderPage(site, {
    title: 'Environments',
    under: '/environments',
    data: '/environments.json',
    body,
  })
}

function renderTable(environments: readonly One[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Environments"><table>
<caption>How hard they are: the share that all agents together solved, with its interval at 95 %. Void is what our own failures took out.</caption>
<thead><tr><th scope="col">Environment</th><th scope="col">Subnet</th><th scope="col" class="number">Weight</th><th scope="col" class="number">Tasks</th><th scope="col">Solved by all</th><th scope="col" class="number">Void</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>${environments.map(
    one =>
      html`<tr><th scope="row"><a href="#${idOf(one)}">${one.name}</a></th><td>${one.netuid === 'local' ? 'local' : `subnet ${one.netuid}`}</td><td class="number">${one.share === null ? '\u2013' : `${points(one.share)} %`}</td><td class="number">${one.tasks}</td>${renderCell({ ...one, score: one.judged === 0 ? 0 : one.solved / one.judged })}<td class="number">${one.voided}</td><td class="number">${one.seconds === null ? '\u2013' : duration(one.seconds)}</td></tr>`,
  )}</tbody></table></div>`
}

function renderTasks(one: One): Markup {
  const hidden = one.tasks - one.open.length
  return html`<section aria-labelledby="${idOf(one)}"><h2 id="${idOf(one)}">${one.name}</h2>
${one.open.length === 0 ? undefined : html`<ul class="tasks">${one.open.map(({ digest, name, judged, solved }) => html`<li><a href="/tasks/${digest}"><bdi>${name}</bdi></a> <span class="soft">${judged === 0 ? 'not tried' : `${solved} of ${judged} solved`}</span></li>`)}</ul>`}
${hidden === 0 ? undefined : html`<p class="note">${counted(hidden, 'task')} ${hidden === 1 ? 'stays' : 'stay'} closed until the window is over, so that nobody can aim at ${hidden === 1 ? 'it' : 'them'}.</p>`}</section>`
}

function idOf({ name }: One): string {
  return `environment-${name.replace(/[^\w-]/g, '-')}`
}
