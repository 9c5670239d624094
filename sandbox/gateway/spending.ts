import fs from 'node:fs'
import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { addCharge, type Charge, NOTHING, type Totals, type Want } from './ledger.ts'

/** Lines of the file in which a run keeps what its calls may come to and came to. */
const Line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reserved'), id: z.string(), agent: z.string(), usd: z.int(), tokens: z.int() }),
  z.object({
    kind: z.literal('settled'),
    id: z.string(),
    usd: z.int(),
    input: z.int(),
    cached: z.int(),
    output: z.int(),
  }),
  z.object({ kind: z.literal('dropped'), id: z.string() }),
])
type Line = z.infer<typeof Line>

const PIECE = 1 << 20

/** What a run has spent, kept so that a crash at any instant loses nothing of it. */
export interface Spending extends Disposable {
  /** Before this process began: of the run, and of each agent. */
  readonly before: { readonly run: Totals; readonly agents: ReadonlyMap<string, Totals> }
  readonly reserved: (id: string, agent: string, want: Want) => void
  readonly settled: (id: string, charge: Charge) => void
  readonly dropped: (id: string) => void
}

/**
 * Opens the file of a run, and reads what is in it. Each line is with the system before the call that it is about goes out; a
 * call that was never settled counts with all that it might have come to, since the process that made it may have died.
 */
export function openSpending(file: string): Spending {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const before = readSpending(file)
  const handle = fs.openSync(file, 'a')
  // A torn last line of a process that died must not swallow the first of ours.
  if (fs.fstatSync(handle).size > 0) fs.writeSync(handle, '\n')
  const write = (line: Line): void => void fs.writeSync(handle, `${JSON.stringify(line)}\n`)
  return {
    before,
    reserved: (id, agent, { usd, tokens }) => write({ kind: 'reserved', id, agent, usd, tokens }),
    settled: (id, { usd, tokens }) => write({ kind: 'settled', id, usd, ...tokens }),
    dropped: id => write({ kind: 'dropped', id }),
    [Symbol.dispose]: () => fs.closeSync(handle),
  }
}

/** What was spent by the lines of a file; nothing if there is no file. */
export function readSpending(file: string): Spending['before'] {
  const open = new Map<string, Line & { kind: 'reserved' }>()
  const agents = new Map<string, Totals>()
  const add = (agent: string, charge: Charge): void =>
    void agents.set(agent, addCharge(agents.get(agent) ?? NOTHING, charge))
  for (const line of readLines(file)) {
    if (line.kind === 'reserved') {
      open.set(line.id, line)
      continue
    }
    const reserved = open.get(line.id)
    open.delete(line.id)
    if (reserved === undefined || line.kind === 'dropped') continue
    const { usd, input, cached, output } = line
    add(reserved.agent, { usd, tokens: { input, cached, output } })
  }
  for (const { agent, usd, tokens } of open.values())
    add(agent, { usd, tokens: { input: tokens, cached: 0, output: 0 } })
  return { agents, run: [...agents.values()].reduce(sum, NOTHING) }
}

/** Piece by piece, since a validator's file grows as long as it is in service. */
function* readLines(file: string): Generator<Line> {
  if (!fs.existsSync(file)) return
  const handle = fs.openSync(file, 'r')
  try {
    const piece = Buffer.alloc(PIECE)
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (let size = fs.readSync(handle, piece); size > 0; size = fs.readSync(handle, piece)) {
      const lines = (rest + decoder.write(piece.subarray(0, size))).split('\n')
      rest = lines.pop()!
      for (const text of lines) yield* parseLine(text)
    }
    yield* parseLine(rest)
  } finally {
    fs.closeSync(handle)
  }
}

function parseLine(text: string): Line[] {
  try {
    return [Line.parse(JSON.parse(text))]
  } catch {
    return []
  }
}

function sum(one: Totals, other: Totals): Totals {
  return {
    usd: one.usd + other.usd,
    inputTokens: one.inputTokens + other.inputTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    requests: one.requests + other.requests,
  }
}
