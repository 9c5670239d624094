import { z } from 'zod'
import { placed, renderCell } from './cell.ts'
import { duration, moment, points } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'

const Cell = z.object({
  solved: z.int(),
  judged: z.int(),
  score: z.number(),
  low: z.number(),
  high: z.number(),
})

/** A run of one's own: its board, and its attempts. */
export const RunPage = z.object({
  name: z.string(),
  started: z.string().nullable(),
  /** null while it is under way. */
  finished: z.string().nullable(),
  /** Attempts that it wants, if it says so. */
  wanted: z.int().nullable(),
  environments: z.array(z.string()),
  board: z.array(z.object({ agent: z.string(), score: z.number(), cells: z.record(z.string(), Cell) })),
  attempts: z.array(
    z.object({
      folder: z.string(),
      task: z.string(),
      environment: z.string(),
      agent: z.string(),
      state: z.enum(['judged', 'working', 'failed']),
      verdict: z.enum(['solved', 'unsolved', 'invalid']).nullable(),
      reason: z.string(),
      passed: z.int(),
      expected: z.int(),
      seconds: z.number().nullable(),
      started: z.string().nullable(),
    }),
  ),
})
export type RunPage = z.infer<typeof RunPage>

/** @param data - address of the same as data */
export function renderRun(site: Site, run: RunPage, data: string): string {
  const working = run.attempts.filter(({ state }) => state === 'working').length
  const body = html`<p class="eyebrow">Run</p>
<h1>${run.name}</h1>
<div id="run" data-live>
<p class="standfirst">${summary(run, working)}</p>
${run.board.length === 0 ? undefined : html`<h2>Board</h2>${renderBoard(run)}`}
<h2>Attempts</h2>
${renderAttempts(run)}
</div>`
  return renderPage(site, { title: `Run ${run.name}`, under: '/', data, body })
}

function summary({ attempts, started, finished, wanted }: RunPage, working: number): Markup {
  const judged = attempts.filter(({ state }) => state === 'judged')
  const solved = judged.filter(({ verdict }) => verdict === 'solved').length
  const of = wanted === null || wanted === judged.length ? '' : ` of ${wanted}`
  const time =
    started === null
      ? ''
      : finished === null
        ? ` It began ${moment(started)} and is under way, with ${working} at work now.`
        : ` It took ${duration((Date.parse(finished) - Date.parse(started)) / 1000)}, and ended ${moment(finished)}.`
  return html`${judged.length}${of} attempts are judged, and ${solved} of them solved.${time}`
}

function renderBoard({ environments, board }: RunPage): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Board of this run"><table>
<caption>Share of tasks solved, with its interval at 95 % and the number of tasks.</caption>
<thead><tr><th scope="col">Agent</th><th scope="col" class="number">Score</th>${environments.map(name => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${board.map(
    ({ agent, score, cells }) =>
      html`<tr><th scope="row"><bdi>${agent}</bdi></th><td class="number"><b>${points(score)}</b></td>${environments.map(name => renderCell(cells[name]))}</tr>`,
  )}</tbody></table></div>`
}

function renderAttempts({ attempts }: RunPage): Markup {
  if (attempts.length === 0) return html`<p>None has begun yet.</p>`
  const slowest = Math.max(...attempts.map(({ seconds }) => seconds ?? 0), 0.001)
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Attempts"><table>
<caption>Expected tests that passed, and how long agent and tests took.</caption>
<thead><tr><th scope="col">Verdict</th><th scope="col">Task</th><th scope="col" class="wide">Environment</th><th scope="col" class="wide">Agent</th><th scope="col" class="number">Tests</th><th scope="col" class="number">Time</th><th scope="col" class="wide"><span class="hidden">Time as a bar</span></th><th scope="col" class="wide">Reason</th></tr></thead>
<tbody>${attempts.map(
    one =>
      html`<tr id="row-${one.folder}"><td><span class="mark ${one.verdict ?? 'pending'}">${one.verdict ?? one.state}</span></td>
<th scope="row"><a href="/attempts/${encodeURIComponent(one.folder)}"><bdi>${one.task}</bdi></a></th><td class="wide">${one.environment}</td><td class="wide"><bdi>${one.agent}</bdi></td>
<td class="number">${one.expected === 0 ? '' : `${one.passed}/${one.expected}`}</td><td class="number">${one.seconds === null ? '' : duration(one.seconds)}</td>
<td class="wide">${one.seconds === null ? undefined : html`<span class="bar amount ${placed({ score: one.seconds / slowest, low: 0, high: one.seconds / slowest })}"></span>`}</td><td class="soft wide">${one.reason}</td></tr>`,
  )}</tbody></table></div>`
}
