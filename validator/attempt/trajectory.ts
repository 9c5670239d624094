import type { AgentEventRecord } from '../../sandbox/agent-events.ts'
import type { RecordedCall } from '../../sandbox/gateway/calls.ts'
import { buildCallSteps } from '../models/call-steps.ts'

/**
 * A trajectory in the Agent Trajectory Interchange Format (ATIF v1.7): the statement, then one step per event and per call of a
 * model, in the order of their times. What the gateway saw of calls counts, and not what the agent says of them.
 */
export function buildTrajectory(options: {
  session: string
  agent: { name: string; version: string }
  statement: string
  started: Date
  events: readonly AgentEventRecord[]
  /** What the gateway recorded; absent if the run offered no models. */
  calls?: readonly RecordedCall[]
}): object {
  const { calls } = options
  const events = options.events
    .filter(event => calls === undefined || event.kind !== 'model')
    .map((event): Timed => ({ at: 'at' in event ? event.at : '', build: id => stepOf(event, id) }))
  const called = buildCallSteps(calls ?? []).map(
    (step): Timed => ({ at: step.timestamp, build: id => ({ step_id: id, ...step }) }),
  )
  const steps: object[] = [
    { step_id: 1, timestamp: options.started.toISOString(), source: 'user', message: options.statement },
    ...merge(events, called).map(({ build }, index) => build(index + 2)),
  ]
  const metrics = steps.flatMap(step => (step as { metrics?: Metrics }).metrics ?? [])
  const sum = (of: (one: Metrics) => number | undefined): number =>
    metrics.reduce((total, one) => total + (of(one) ?? 0), 0)
  return {
    schema_version: 'ATIF-v1.7',
    session_id: options.session,
    agent: options.agent,
    steps,
    final_metrics: {
      total_prompt_tokens: sum(one => one.prompt_tokens),
      total_completion_tokens: sum(one => one.completion_tokens),
      ...(calls === undefined
        ? {}
        : {
            total_cached_tokens: sum(one => one.cached_tokens),
            // Sums of dollars drift; what was counted are whole micro-dollars.
            total_cost_usd: Math.round(1e6 * sum(one => one.cost_usd)) / 1e6,
          }),
      total_steps: steps.length,
    },
  }
}

interface Metrics {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cached_tokens?: number
  readonly cost_usd?: number
}

interface Timed {
  readonly at: string
  /** The step, given its number. */
  readonly build: (id: number) => object
}

/** Events keep their order among each other, whatever times the agent gives them. */
function merge(events: readonly Timed[], calls: readonly Timed[]): Timed[] {
  const steps: Timed[] = []
  let next = 0
  for (const event of events) {
    const time = Date.parse(event.at)
    while (next < calls.length && Date.parse(calls[next]!.at) <= time) steps.push(calls[next++]!)
    steps.push(event)
  }
  return [...steps, ...calls.slice(next)]
}

function stepOf(event: AgentEventRecord, id: number): object {
  const head = {
    step_id: id,
    ...('at' in event && event.at !== '' ? { timestamp: event.at } : {}),
    source: 'agent',
  }
  switch (event.kind) {
    case 'log':
      return {
        ...head,
        message: event.message,
        ...(event.data === undefined ? {} : { extra: { data: event.data } }),
      }
    case 'shell': {
      const call = `call-${id}`
      return {
        ...head,
        message: '',
        tool_calls: [{ tool_call_id: call, function_name: 'shell', arguments: { command: event.command } }],
        observation: { results: [{ source_call_id: call, content: event.output }] },
        extra: { exit_code: event.exitCode, seconds: event.seconds },
      }
    }
    case 'model':
      return {
        ...head,
        message: event.answer,
        model_name: event.model,
        metrics: { prompt_tokens: event.promptTokens, completion_tokens: event.completionTokens },
      }
    case 'returned':
      return { ...head, message: `Returned a diff of ${Buffer.byteLength(event.patch)} bytes` }
    case 'threw':
      return { ...head, message: event.message }
  }
}
