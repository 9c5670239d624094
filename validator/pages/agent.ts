import { z } from 'zod'
import { Who } from './board-data.ts'
import { renderCell } from './cell.ts'
import { count, counted, duration, moment, points } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { renderSpark } from './spark.ts'

const Interval = { score: z.number(), low: z.number(), high: z.number() }

/** One submission: how it went through its stages, and why it stands where it does. */
export const AgentPage = z.object({
  ...Who.shape,
  /** null where only receipts are known, as for `received`. */
  version: z.string().nullable(),
  language: z.string().nullable(),
  digest: z.string(),
  state: z.string(),
  stage: z.string(),
  window: z.int(),
  received: z.string().nullable(),
  precedence: z.object({ block: z.int(), index: z.int() }),
  /** In the queue; null once it is decided. */
  place: z.int().nullable(),
  /** On the board; null if it is not there. */
  rank: z.int().nullable(),
  total: z.object(Interval).nullable(),
  cells: z.array(z.object({ environment: z.string(), ...Interval, judged: z.int() })),
  trend: z.array(z.number()),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  next: z.string(),
  stages: z.array(
    z.object({
      stage: z.string(),
      tasks: z.int(),
      solved: z.int(),
      judged: z.int(),
      voided: z.int(),
      open: z.int(),
    }),
  ),
  attempts: z.array(
    z.object({
      id: z.string(),
      stage: z.string(),
      place: z.int(),
      environment: z.string(),
      /** null until everybody may know it. */
      task: z.string().nullable(),
      state: z.string(),
      verdict: z.enum(['solved', 'unsolved', 'invalid']).nullable(),
      reason: z.string().nullable(),
      seconds: z.number().nullable(),
    }),
  ),
  /** Why results are hidden by task; null if they are not. */
  hidden: z.string().nullable(),
  code: z.object({ href: z.string().nullable(), closed: z.string().nullable() }),
  /** Whose copy it may be, and who may be a copy of it. */
  origin: z.object({ ...Who.shape, reason: z.string() }).nullable(),
  copies: z.array(z.object({ ...Who.shape, reason: z.string() })),
  duels: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['open', 'won', 'lost', 'void']),
      challenger: Who,
      opponent: Who,
    }),
  ),
  /** Others of the same hotkey, the newest first. */
  others: z.array(
    z.object({ submission: z.string(), agent: z.string(), state: z.string(), received: z.string() }),
  ),
})
export type AgentPage = z.infer<typeof AgentPage>

export function renderAgent(site: Site, agent: AgentPage): string {
  const body = html`<p class="eyebrow">Agent${agent.received === null ? undefined : html` · handed in <time datetime="${agent.received}">${moment(agent.received)}</time>`} · window ${agent.window}</p>
<h1><bdi>${agent.agent}</bdi></h1>
<div id="agent" data-live><p class="standfirst">${standfirst(agent)}</p>
<dl class="facts">${agent.version === null ? undefined : html`<dt>Version</dt><dd><bdi>${agent.version}</bdi>, ${agent.language ?? ''}</dd>`}
<dt>Hotkey</dt><dd><code class="bare">${agent.hotkey}</code></dd>
<dt>First seen</dt><dd>block ${count(agent.precedence.block)}, place ${agent.precedence.index}</dd>
<dt>Digest</dt><dd><code class="bare">${agent.digest}</code></dd>
<dt>Code</dt><dd>${agent.code.href === null ? html`<span class="soft">${agent.code.closed ?? 'closed'}</span>` : html`<a href="${agent.code.href}">the packed agent</a>`}</dd></dl>
${renderReasons(agent)}<div class="pair even"><div>${renderCells(agent)}</div><div>${renderStages(agent)}${renderDuels(agent)}${renderCopies(agent)}</div></div>
${renderAttempts(agent)}${renderOthers(agent)}</div>`
  return renderPage(site, {
    title: agent.agent,
    under: '/board',
    data: `/agents/${agent.submission}.json`,
    body,
  })
}

function standfirst({ state, stage, rank, total, place, next, trend }: AgentPage): Markup {
  if (rank !== null && total !== null)
    return html`${rank === 1 ? 'The champion' : `Number ${rank} of the board`}, at <b>${points(total.score)}</b> points [${points(total.low)}, ${points(total.high)}]. ${renderSpark(trend)}`
  const where = place === null ? '' : ` It is number ${place} in the queue.`
  return html`${SAYS[state] ?? state}${state === 'working' || state === 'failed' ? html`, stage <b>${stage}</b>` : undefined}.${where} ${next}.`
}

const SAYS: Readonly<Record<string, string>> = {
  queued: 'It waits for its turn',
  working: 'It is being worked on',
  passed: 'It passed all stages',
  failed: 'It did not pass',
  refused: 'It was refused',
  voided: 'It counts for nobody, by no fault of its own',
  cancelled: 'It was taken back',
}

function renderReasons({ reasons }: AgentPage): Markup | undefined {
  if (reasons.length === 0) return undefined
  return html`<h2>Why</h2><ul>${reasons.map(({ code, message }) => html`<li>${message} <code>${code}</code></li>`)}</ul>`
}

function renderCells({ cells, agent }: AgentPage): Markup | undefined {
  if (cells.length === 0) return undefined
  return html`<h2>Environments</h2><div class="scroll" tabindex="0" role="region" aria-label="Environments of ${agent}"><table><caption>Share of tasks solved, its interval at 95 %, and number of tasks.</caption>
<thead><tr><th scope="col">Environment</th><th scope="col">Score</th></tr></thead><tbody>${cells.map(cell => html`<tr><th scope="row">${cell.environment}</th>${renderCell(cell)}</tr>`)}</tbody></table></div>`
}

function renderStages({ stages }: AgentPage): Markup | undefined {
  if (stages.length === 0) return undefined
  return html`<h2>Stages</h2><div class="scroll" tabindex="0" role="region" aria-label="Stages"><table><thead><tr><th scope="col">Stage</th><th scope="col" class="number">Tasks</th><th scope="col" class="number">Solved</th><th scope="col" class="number">Judged</th><th scope="col" class="number">Void</th><th scope="col" class="number">Open</th></tr></thead>
<tbody>${stages.map(one => html`<tr><th scope="row">${one.stage}</th><td class="number">${one.tasks}</td><td class="number">${one.solved}</td><td class="number">${one.judged}</td><td class="number">${one.voided}</td><td class="number">${one.open}</td></tr>`)}</tbody></table></div>`
}

const ENDINGS = { open: 'under way', won: 'won', lost: 'not won', void: 'void' } as const

function renderDuels({ duels, submission }: AgentPage): Markup | undefined {
  if (duels.length === 0) return undefined
  return html`<h2>Duels</h2><ul>${duels.map(({ id, kind, challenger, opponent }) => {
    const isChallenger = challenger.submission === submission
    const other = isChallenger ? opponent : challenger
    return html`<li><a href="/duels/${id}">${isChallenger ? 'Against' : 'Challenged by'} <bdi>${other.agent}</bdi></a>: ${kind === 'open' || kind === 'void' || isChallenger ? ENDINGS[kind] : kind === 'won' ? 'lost the crown' : 'kept the crown'}</li>`
  })}</ul>`
}

function renderCopies({ origin, copies }: AgentPage): Markup | undefined {
  if (origin === null && copies.length === 0) return undefined
  return html`<h2>Likeness</h2>
${origin === null ? undefined : html`<p>It may be a copy of <a href="/agents/${origin.submission}"><bdi>${origin.agent}</bdi></a>: ${origin.reason}. So it has to beat that one as well, by more than others. A suspicion costs nothing else.</p>`}
${copies.length === 0 ? undefined : html`<p>May be copies of it, and have to beat it:</p><ul>${copies.map(({ submission, agent, reason }) => html`<li><a href="/agents/${submission}"><bdi>${agent}</bdi></a>: ${reason}</li>`)}</ul>`}`
}

const MOST = 400

function renderAttempts({ attempts, hidden }: AgentPage): Markup | undefined {
  if (attempts.length === 0) return undefined
  const shown = attempts.slice(0, MOST)
  return html`<h2>Attempts</h2>${hidden === null ? undefined : html`<p class="note">${hidden}</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="Attempts"><table><thead><tr><th scope="col">Verdict</th><th scope="col">Stage</th><th scope="col">Task</th><th scope="col" class="wide">Environment</th><th scope="col" class="number">Time</th><th scope="col" class="wide">Reason</th></tr></thead>
<tbody>${shown.map(
    one =>
      html`<tr id="attempt-${one.id}"><td><a href="/attempts/${one.id}"><span class="mark ${one.verdict ?? (one.state === 'voided' ? 'void' : 'pending')}">${one.verdict ?? one.state}</span></a></td><td>${one.stage} ${one.place}</td><td>${one.task === null ? html`<span class="soft">closed</span>` : html`<bdi>${one.task}</bdi>`}</td><td class="wide">${one.environment}</td><td class="number">${one.seconds === null ? '' : duration(one.seconds)}</td><td class="soft wide">${one.reason ?? ''}</td></tr>`,
  )}</tbody></table></div>${attempts.length > MOST ? html`<p class="more">${counted(attempts.length - MOST, 'more attempt')} in the data.</p>` : undefined}`
}

function renderOthers({ others }: AgentPage): Markup | undefined {
  if (others.length === 0) return undefined
  return html`<h2>Others of this hotkey</h2><ul>${others.map(
    ({ submission, agent, state, received }) =>
      html`<li><a href="/agents/${submission}"><bdi>${agent}</bdi></a> <span class="soft">${state}, ${moment(received)}</span></li>`,
  )}</ul>`
}
