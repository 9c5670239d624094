import { z } from 'zod'
import { Clipped } from './clip.ts'
import { renderDiff } from './diff.ts'
import { counted, duration, moment } from './format.ts'
import { type Page, renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { renderTests, Tests } from './tests.ts'
import { renderTimeline } from './timeline.ts'
import { renderSteps, Steps } from './trajectory.ts'

const Link = z.object({ label: z.string(), href: z.string().nullable() })

/** One attempt with all that may be known of it. Null is what there is not, or what is not open yet. */
export const AttemptPage = z.object({
  id: z.string(),
  task: Link,
  agent: Link,
  environment: z.string(),
  /** Where it belongs: a stage of a submission, or a run. */
  within: Link,
  state: z.string(),
  verdict: z.enum(['solved', 'unsolved', 'invalid']).nullable(),
  reason: z.string(),
  detail: z.string(),
  /** Why nothing more is shown; null if it is open. */
  closed: z.string().nullable(),
  evidence: z.array(z.string()),
  started: z.string().nullable(),
  seconds: z.object({ agent: z.number(), verify: z.number(), overhead: z.number() }).nullable(),
  tests: Tests.nullable(),
  patch: Clipped.nullable(),
  dropped: z.array(z.string()),
  steps: Steps,
  logs: z.array(z.object({ name: z.string(), text: Clipped, href: z.string().nullable() })),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  receipt: z
    .object({ sequence: z.int(), digest: z.string(), signer: z.string(), href: z.string() })
    .nullable(),
  commands: z.array(z.object({ what: z.string(), command: z.string() })),
  files: z.array(z.object({ label: z.string(), href: z.string() })),
})
export type AttemptPage = z.infer<typeof AttemptPage>

/** The verdict first, then why: tests, patch, steps, logs, and how to check all that. */
export function renderAttempt(site: Site, attempt: AttemptPage, page: Pick<Page, 'data' | 'under'>): string {
  const { task, agent, within, environment, closed } = attempt
  const body = html`<p class="eyebrow">Attempt · ${linked(within)}</p>
<h1><bdi>${task.label}</bdi></h1>
<div id="attempt" data-live>
<p class="standfirst">${sentence(attempt)}</p>
<dl class="facts">
<dt>Agent</dt><dd><bdi>${linked(agent)}</bdi></dd>
<dt>Task</dt><dd><bdi>${linked(task)}</bdi>, of ${environment}</dd>
${attempt.started === null ? undefined : html`<dt>Began</dt><dd><time datetime="${attempt.started}">${moment(attempt.started)}</time></dd>`}
${attempt.facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}
</dl>
${closed === null ? undefined : html`<p class="note">${closed}</p>`}
${attempt.seconds === null ? undefined : renderTimeline(phasesOf(attempt.seconds), attempt.steps.shown)}
${attempt.evidence.length === 0 ? undefined : html`<h2>Evidence that results were made up</h2><ul>${attempt.evidence.map(one => html`<li>${one}</li>`)}</ul>`}
${attempt.tests === null ? undefined : html`<h2>Tests</h2>${renderTests(attempt.tests)}`}
${renderPatch(attempt)}
${attempt.steps.shown.length === 0 ? undefined : html`<h2>Step by step</h2>${renderSteps(attempt.steps)}`}
${attempt.logs.length === 0 ? undefined : html`<h2>Logs</h2>${attempt.logs.map(renderLog)}`}
${renderProof(attempt)}
</div>`
  return renderPage(site, {
    title: `${task.label}: ${attempt.verdict ?? attempt.state}`,
    ...page,
    links: attempt.files,
    body,
  })
}

function sentence({ verdict, state, reason, detail, seconds }: AttemptPage): Markup {
  if (verdict === null) return html`<span class="mark pending">${state}</span> ${detail}`
  const took = seconds === null ? '' : ` The agent worked for ${duration(seconds.agent)}.`
  const why = detail === '' ? reason : detail
  return html`<span class="mark ${verdict}">${verdict}</span> ${why}${/[.!?]$/.test(why) ? '' : '.'}${took}`
}

function phasesOf({ agent, verify, overhead }: NonNullable<AttemptPage['seconds']>) {
  const all = [
    { label: 'agent', seconds: agent, kind: 'agent' as const },
    { label: 'harness', seconds: overhead, kind: 'between' as const },
    { label: 'tests', seconds: verify, kind: 'tests' as const },
  ]
  return all.filter(({ seconds }) => seconds > 0)
}

function renderPatch({ patch, dropped, verdict, closed }: AttemptPage): Markup | undefined {
  if (patch === null && (verdict === null || closed !== null)) return undefined
  return html`<h2>Patch</h2>
${patch === null ? html`<p>It left no change behind.</p>` : renderDiff(patch.text)}
${patch !== null && patch.left > 0 ? html`<p class="more">${counted(patch.left, 'more character')} in the patch itself.</p>` : undefined}
${dropped.length === 0 ? undefined : html`<p>Left as it was, since a patch may not touch it: ${dropped.map((path, index) => html`${index > 0 ? ', ' : ''}<code>${path}</code>`)}</p>`}`
}

function renderLog({ name, text, href }: AttemptPage['logs'][number]): Markup {
  const more = href === null ? undefined : html` <a href="${href}">The whole log</a>`
  return html`<details${text.text.length < 4000 ? html` open` : undefined}><summary>${name}</summary>
<div class="log" tabindex="0" role="region" aria-label="${name}"><pre>${text.text === '' ? html`<span class="soft">It is empty.</span>` : text.text}</pre></div>
${text.left > 0 ? html`<p class="more">The end of it: ${counted(text.left, 'character')} came before.${more}</p>` : undefined}</details>`
}

function renderProof({ receipt, commands }: AttemptPage): Markup | undefined {
  if (receipt === null && commands.length === 0) return undefined
  return html`<h2>Check it yourself</h2>
${
  receipt === null
    ? undefined
    : html`<p>The verdict is <a href="${receipt.href}">receipt ${receipt.sequence}</a>, signed by <code>${receipt.signer}</code> and linked to the one before it. Its digest is <code>${receipt.digest}</code>.</p>`
}
${
  commands.length === 0
    ? undefined
    : html`<dl class="commands">${commands.map(({ what, command }) => html`<dt>${what}</dt><dd><code>${command}</code></dd>`)}</dl>`
}`
}

function linked({ label, href }: z.infer<typeof Link>): Markup {
  return href === null ? html`${label}` : html`<a href="${href}">${label}</a>`
}
