import path from 'node:path'
import { parseConfig } from '../../sandbox/gateway/config.ts'
import { openGateway } from '../../sandbox/gateway/gateway.ts'
import { openSpending } from '../../sandbox/gateway/spending.ts'

/** A gateway of the bench, in a process of its own so that its memory can be told. Arguments: the provider's URL, a folder. */
const [, , url, folder] = process.argv as [string, string, string, string]
const config = parseConfig(
  {
    providers: [{ kind: 'compatible', url, price: { input: 1, output: 2 } }],
    policy: { usd: 10_000, requests: 1_000_000, tokens: 1e12, concurrent: 256, outputTokens: 1000 },
  },
  'bench',
)
const spending = openSpending(path.join(folder, 'spending.jsonl'))
const { gateway } = await openGateway(config, { env: {}, signal: new AbortController().signal, spending })
/** As many attempts as a busy machine has; each has its own socket, as each sandbox has. */
const ATTEMPTS = 16
const sockets = await Promise.all(
  Array.from({ length: ATTEMPTS }, async (_, index) => {
    const session = gateway.open('bench', {
      ...{ attempt: `a${index}`, agent: 'bench', task: 'bench', file: path.join(folder, `${index}.jsonl`) },
    })
    const socket = path.join(folder, `${index}.sock`)
    await gateway.listen(session, { path: socket })
    return socket
  }),
)
let peak = 0
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)
process.on('message', () => {
  process.send!({ peak, now: process.memoryUsage.rss(), cpu: process.cpuUsage() })
  peak = 0
})
process.send!({ sockets })
