import type { AgentEventRecord } from '../sandbox/agent-events.ts'

/**
 * A trajectory in the Agent Trajectory Interchange Format (ATIF v1.7): the statement, then one step per event.
 */
export function buildTrajectory(options: {
  session: string
  agent: { name: string; version: string }
  statement: string
  started: Date
  events: readonly AgentEventRecord[]
}): object {
  const steps: object[] = [
    { step_id: 1, timestamp: options.started.toISOString(), source: 'user', message: options.statement },
  ]
  let prompt = 0
  let completion = 0
  for (const event of options.events) {
    const step = stepOf(event, steps.length + 1)
    steps.push(step)
    if (event.kind !== 'model') continue
    prompt += event.promptTokens
    completion += event.completionTokens
  }
  return {
    schema_version: 'ATIF-v1.7',
    session_id: options.session,
    agent: options.agent,
    steps,
    final_metrics: {
      total_prompt_tokens: prompt,
      total_completion_tokens: completion,
      total_steps: steps.length,
    },
  }
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
