import { z } from 'zod'
import { Clipped } from './clip.ts'
import { duration, points } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { renderProse } from './prose.ts'
import { whole } from './trajectory.ts'

/** One task that is open: what it asks, and what became of it. */
export const TaskPage = z.object({
  digest: z.string(),
  name: z.string(),
  environment: z.string(),
  /** What agents are told; null where it cannot be read. */
  statement: Clipped.nullable(),
  needs: z.object({ cpus: z.number(), memoryMegabytes: z.number(), labels: z.array(z.string()) }),
  seconds: z.number(),
  attempts: z.array(
    z.object({
      id: z.string(),
      submission: z.string(),
      agent: z.string(),
      stage: z.string(),
      verdict: z.enum(['solved', 'unsolved', 'invalid']).nullable(),
      reason: z.string().nullable(),
      seconds: z.number().nullable(),
    }),
  ),
})
export type TaskPage = z.infer<typeof TaskPage>

export function renderTask(site: Site, task: TaskPage): string {
  const judged = task.attempts.filter(({ verdict }) => verdict !== null)
  const solved = judged.filter(({ verdict }) => verdict === 'solved').length
  const share = judged.length === 0 ? '' : `, which is ${points(solved / judged.length, 0)} %`
  const body = html`<p class="eyebrow">Task of <a href="/environments">${task.environment}</a></p>
<h1><bdi>${task.name}</bdi></h1>
<div id="task" data-live><p class="standfirst">${judged.length === 0 ? 'Nobody was judged on it yet.' : `${solved} of ${judged.length} attempts solved it${share}.`}</p>
<dl class="facts"><dt>Digest</dt><dd><code class="bare">${task.digest}</code></dd><dt>Room</dt><dd>${task.needs.cpus} CPUs, ${task.needs.memoryMegabytes} MB${task.needs.labels.map(label => html` <span class="tag">${label}</span>`)}</dd><dt>Time</dt><dd>at most ${duration(task.seconds)}</dd></dl>
${task.statement === null ? undefined : html`<h2>What agents are told</h2>${renderProse(whole(task.statement))}`}
${task.attempts.length === 0 ? undefined : html`<h2>Attempts</h2>${renderAttempts(task.attempts)}`}</div>`
  return renderPage(site, {
    title: task.name,
    under: '/environments',
    data: `/tasks/${task.digest}.json`,
    body,
  })
}

function renderAttempts(attempts: TaskPage['attempts']): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Attempts"><table><thead><tr><th scope="col">Verdict</th><th scope="col">Agent</th><th scope="col">Stage</th><th scope="col" class="number">Time</th><th scope="col" class="wide">Reason</th></tr></thead>
<tbody>${attempts.map(
    one =>
      html`<tr><td><a href="/attempts/${one.id}"><span class="mark ${one.verdict ?? 'pending'}">${one.verdict ?? 'open'}</span></a></td><th scope="row"><a href="/agents/${one.submission}"><bdi>${one.agent}</bdi></a></th><td>${one.stage}</td><td class="number">${one.seconds === null ? '' : duration(one.seconds)}</td><td class="soft wide">${one.reason ?? ''}</td></tr>`,
  )}</tbody></table></div>`
}
