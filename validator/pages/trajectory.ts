import { z } from 'zod'
import { Clipped, clip } from './clip.ts'
import { counted, duration, money } from './format.ts'
import { html, type Markup } from './markup.ts'
import { renderProse } from './prose.ts'

const MOST_STEPS = 400
const MOST_TEXT = 6000

/** One step of an agent, as far as it is shown. */
export const Step = z.object({
  number: z.int(),
  source: z.string(),
  /** Seconds since the attempt began; null if the step says no time. */
  at: z.number().nullable(),
  seconds: z.number().nullable(),
  message: Clipped,
  command: Clipped.nullable(),
  output: Clipped.nullable(),
  exitCode: z.int().nullable(),
  model: z.string().nullable(),
  tokens: z.int().nullable(),
  /** What the call cost, by the gateway's count. */
  dollars: z.number().nullable().default(null),
})
export type Step = z.infer<typeof Step>

export const Steps = z.object({ shown: z.array(Step), left: z.int() })
export type Steps = z.infer<typeof Steps>

/** What we read of a trajectory (ATIF); everything in it is an agent's word. */
const Atif = z.looseObject({
  steps: z.array(
    z.looseObject({
      step_id: z.number(),
      timestamp: z.string().optional().catch(undefined),
      source: z.string(),
      message: z.string().catch(''),
      model_name: z.string().optional().catch(undefined),
      tool_calls: z
        .array(
          z.looseObject({
            function_name: z.string().catch(''),
            arguments: z.looseObject({ command: z.string().optional().catch(undefined) }),
          }),
        )
        .catch([]),
      observation: z
        .looseObject({ results: z.array(z.looseObject({ content: z.string().catch('') })) })
        .optional()
        .catch(undefined),
      metrics: z
        .looseObject({
          prompt_tokens: z.number().catch(0),
          completion_tokens: z.number().catch(0),
          cost_usd: z.number().nonnegative().optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
      extra: z
        .looseObject({
          exit_code: z.int().optional().catch(undefined),
          seconds: z.number().optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    }),
  ),
})

/** @param raw - parsed JSON of a trajectory; what is none has no steps */
export function readSteps(raw: unknown): Steps {
  const parsed = Atif.safeParse(raw)
  if (!parsed.success) return { shown: [], left: 0 }
  const { steps } = parsed.data
  const times = steps.map(({ timestamp }) => (timestamp === undefined ? Number.NaN : Date.parse(timestamp)))
  const start = times.find(time => Number.isFinite(time)) ?? Number.NaN
  const shown = steps.slice(0, MOST_STEPS).map((step, index): Step => {
    const at = (times[index]! - start) / 1000
    const command = step.tool_calls.length === 0 ? undefined : step.tool_calls.map(sayCall).join('\n$ ')
    const output = step.observation?.results.map(({ content }) => content).join('\n')
    return {
      number: Math.round(step.step_id),
      source: step.source.slice(0, 40),
      at: Number.isFinite(at) ? at : null,
      seconds: step.extra?.seconds ?? null,
      message: clip(step.message, MOST_TEXT),
      command: command === undefined || command === '' ? null : clip(command, MOST_TEXT),
      output: output === undefined || output === '' ? null : clip(output, MOST_TEXT),
      exitCode: step.extra?.exit_code ?? null,
      model: step.model_name?.slice(0, 100) ?? null,
      tokens:
        step.metrics === undefined
          ? null
          : Math.round(step.metrics.prompt_tokens + step.metrics.completion_tokens),
      dollars: step.metrics?.cost_usd ?? null,
    }
  })
  return { shown, left: steps.length - shown.length }
}

/** A command as it was, any other tool with what it was given. */
function sayCall(call: { function_name: string; arguments: { command?: string | undefined } }): string {
  return call.arguments.command ?? `${call.function_name} ${JSON.stringify(call.arguments)}`
}

/** Steps in their order, each with its time, what was done and what came of it. */
export function renderSteps({ shown, left }: Steps): Markup {
  return html`<ol class="steps">${shown.map(renderStep)}</ol>
${left > 0 ? html`<p class="more">${counted(left, 'more step')} in the trajectory itself.</p>` : undefined}`
}

function renderStep(step: Step): Markup {
  return html`<li id="step-${step.number}"><p class="when">${step.at === null ? undefined : `+${duration(Math.max(0, step.at))}`}</p><div>
<p class="what"><span>${step.number} · ${step.source}</span>${step.model === null ? undefined : html`<span>${step.model}</span>`}${
    step.tokens === null ? undefined : html`<span>${counted(step.tokens, 'token')}</span>`
  }${step.dollars === null ? undefined : html`<span>${money(step.dollars)}</span>`}${step.seconds === null ? undefined : html`<span>took ${duration(Math.max(0, step.seconds))}</span>`}${
    step.exitCode === null || step.exitCode === 0
      ? undefined
      : html`<span class="tag warn">exit ${step.exitCode}</span>`
  }</p>
${step.command === null ? undefined : html`<pre class="command">$ ${whole(step.command)}</pre>`}
${step.message.text === '' ? undefined : renderProse(whole(step.message))}
${step.output === null ? undefined : renderOutput(step.output)}</div></li>`
}

const MOST_LINES_OPEN = 10

function renderOutput(output: Clipped): Markup {
  const lines = output.text.split('\n').length
  const text = html`<pre class="output" tabindex="0">${whole(output)}</pre>`
  if (lines <= MOST_LINES_OPEN && output.text.length < 1200) return text
  return html`<details><summary>${counted(lines, 'line')} of output</summary>${text}</details>`
}

/** A clipped text, and what it lacks. */
export function whole({ text, left }: Clipped): string {
  return left === 0 ? text : `${text}\u2026 (${counted(left, 'more character')})`
}
