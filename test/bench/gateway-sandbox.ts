import fs from 'node:fs'
import path from 'node:path'
import { loadAgent } from '../../sandbox/agent.ts'
import { openAttemptModels } from '../../sandbox/gateway/attempt.ts'
import { parseConfig } from '../../sandbox/gateway/config.ts'
import { openGateway } from '../../sandbox/gateway/gateway.ts'
import { holding } from '../../sandbox/hold.ts'
import { prepareTask, withOffer } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { buildLine, type Line } from './measure.ts'
import { writeSized } from './synthetic.ts'

/** Asks over one connection, one call after the other, and prints the milliseconds until the first byte of each answer. */
const AGENT = `import http.client, json, os, time
def agent_main(input):
    connection = http.client.HTTPConnection(os.environ["ARETE_GATEWAY_URL"].split("//")[1])
    body = json.dumps({"messages": [{"role": "user", "content": "Hello"}], "stream": True, "max_tokens": 10})
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.readline()
        times.append(1000 * (time.perf_counter() - start))
        answer.read()
    print(json.dumps(times))
`
const WARM = 20

/** How long an agent in a sandbox waits for the first byte of an answer that is there at once: frames, gateway, record and all. */
export async function measureInSandbox(
  { engine, runtimeVolume }: Surroundings,
  { folder, calls }: { folder: string; calls: number },
): Promise<Line[]> {
  const run = `bench-${process.pid}`
  await using _ = await holding({ engine, runtimeVolume }, run)
  const agentFile = path.join(folder, 'asks.py')
  const script = path.join(folder, 'script.json')
  fs.writeFileSync(agentFile, `CALLS = ${calls + WARM}\n${AGENT}`)
  fs.writeFileSync(script, JSON.stringify({ turns: [{ content: 'Hello' }] }))
  const config = parseConfig(
    { providers: [{ kind: 'script', file: script }], policy: { usd: 100, requests: 100_000 } },
    'bench',
  )
  await using opened = await openGateway(config, { env: {}, signal: new AbortController().signal })
  const { gateway } = opened
  const task = writeSized(path.join(folder, 'asked'), { files: 3, bytes: 3000, runner: 'script' })
  const prepared = await prepareTask(engine, task, { run, say: () => {} })
  await using slot = new Slot({ engine, runtimeVolume, run })
  const evaluation = await evaluate(slot, {
    ...{ prepared: withOffer(prepared, gateway.offer('bench')), agent: await loadAgent(agentFile), run },
    openModels: () =>
      openAttemptModels(gateway, 'bench', {
        ...{ attempt: 'a', agent: 'bench', task: 'bench', intercepts: false },
        file: path.join(folder, 'calls.jsonl'),
      }),
  })
  await engine.removeImage(prepared.image.id)
  const times = (JSON.parse(evaluation.agent.log.toString()) as number[])
    .slice(WARM)
    .toSorted((one, other) => one - other)
  return [
    buildLine('gateway.sandbox.first-byte', times[times.length >> 1]!, 'ms'),
    buildLine('gateway.sandbox.first-byte.p99', times[Math.floor(0.99 * times.length)]!, 'ms'),
  ]
}
