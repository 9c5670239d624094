import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { execa } from 'execa'
import { z } from 'zod'
import { cacheFolder } from '../../../sandbox/cache.ts'
import { ChainError } from '../errors.ts'
import { ChainUnavailable } from '../node.ts'

/** The version whose traps are known. It is no dependency: 270 MB that only who runs a real runtime at home needs. */
const PACKAGE = '@acala-network/chopsticks'
const VERSION = '1.5.1'
const START_SECONDS = 120

export interface DevChain extends AsyncDisposable {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string
  /** Ends when the process does. */
  readonly ended: Promise<void>
}

export interface DevSettings {
  /** A published chain spec, raw or plain. */
  readonly spec: string
  /** 0 takes a free one. */
  readonly port: number
  readonly say?: (what: string) => void
}

const Told = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('genesis') }),
  z.object({ kind: z.literal('starting'), keys: z.int(), slotDuration: z.int() }),
  z.object({ kind: z.literal('ready'), url: z.string() }),
  z.object({ kind: z.literal('failed'), why: z.string() }),
])

/**
 * Runs the runtime of a published spec under Chopsticks, on this machine and for this machine only. Blocks are made on request
 * (`dev_newBlock`); keys are the well-known ones.
 *
 * @throws ChainError if the spec is none; ChainUnavailable if it does not start
 */
export async function startDevChain({ spec, port, say = () => {} }: DevSettings): Promise<DevChain> {
  if (!fs.existsSync(spec))
    throw new ChainError(spec, [
      'there is no such file; upstream publishes specs, see "arete chain dev --help"',
    ])
  const folder = await findChopsticks(say)
  const script = path.join(import.meta.dirname, 'chopsticks.mjs')
  const child = execa(process.execPath, [script, folder, path.resolve(spec), String(port)], {
    ...{ stdin: 'pipe', stdout: 'pipe', stderr: 'ignore', buffer: false, reject: false },
    // Ends with us, whatever ends us.
    cleanup: true,
  })
  const ended = child.then(() => {})
  const close = async (): Promise<void> => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }
  const deadline = setTimeout(() => child.kill('SIGKILL'), START_SECONDS * 1000)
  try {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const told = Told.safeParse(parseLine(line))
      if (!told.success) continue
      switch (told.data.kind) {
        case 'genesis':
          say('the runtime makes its genesis')
          break
        case 'starting':
          say(`a chain of ${told.data.slotDuration / 1000} s a block starts`)
          break
        case 'failed':
          throw new ChainUnavailable(`Cannot run ${spec}: ${told.data.why}`)
        case 'ready':
          return { url: told.data.url, ended, [Symbol.asyncDispose]: close }
      }
    }
    throw new ChainUnavailable(`Cannot run ${spec}: Chopsticks ended, or did not start in ${START_SECONDS} s`)
  } catch (error) {
    await close()
    throw error
  } finally {
    clearTimeout(deadline)
  }
}

/** Where Chopsticks is; it is fetched if it is nowhere. */
async function findChopsticks(say: (what: string) => void): Promise<string> {
  const given = process.env.ARETE_CHOPSTICKS
  const folder = given ?? path.join(cacheFolder(), 'chopsticks', VERSION)
  if (fs.existsSync(path.join(folder, 'node_modules', PACKAGE, 'package.json'))) return folder
  if (given !== undefined)
    throw new ChainUnavailable(
      `There is no ${PACKAGE} in ${given}: npm install --prefix ${given} ${PACKAGE}@${VERSION}`,
    )
  say(`${PACKAGE}@${VERSION} is fetched (270 MB) into ${folder}`)
  fs.mkdirSync(folder, { recursive: true })
  const name = `${PACKAGE}@${VERSION}`
  const { exitCode, stderr } = await execa(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', name],
    { reject: false },
  )
  if (exitCode === 0) return folder
  throw new ChainUnavailable(
    `Cannot fetch ${name}: ${stderr.split('\n')[0]}; set ARETE_CHOPSTICKS to a folder that has it`,
  )
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
