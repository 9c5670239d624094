import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BASE_IMAGE, ensureBase } from '../../sandbox/base.ts'
import { findEngine } from '../../sandbox/setup.ts'
import type { Envelope } from '../../validator/intake/envelope.ts'
import { askInfo, handIn } from '../../validator/intake/hand-in.ts'
import { freshNonce, signMessage } from '../../validator/intake/signature.ts'
import { freePort } from './free-port.ts'
import { signerNamed } from './miner.ts'
import { type OwnEngine, openOwnEngine } from './own-engine.ts'
import { type Supervised, supervise } from './supervised.ts'
import { temporaryFolder } from './surroundings.ts'
import { QUICK_TASKS } from './validator.ts'

/** A validator, a worker beside it, their database and their engine: processes that can be killed, and come back. */
export interface Arena extends AsyncDisposable {
  readonly data: string
  readonly cache: string
  readonly temporary: string
  readonly url: string
  readonly validator: Supervised
  readonly worker: Supervised
  readonly engine: OwnEngine
  /** Kills the database's first process, if there is one now. */
  readonly killDatabase: () => void
}

export const ARENA_TASKS = QUICK_TASKS.slice(0, 2)

const SETTINGS = `
tasks = ${JSON.stringify(ARENA_TASKS)}
window = { tasks = ${ARENA_TASKS.length} }
worker = { jobs = 1 }
references = []
stages = { screen = { tasks = 0 }, full = { share = 0, scored = true } }
`

export async function openArena(): Promise<Arena> {
  const folder = temporaryFolder()
  // The database has a user of its own if we are root.
  fs.chmodSync(folder, 0o755)
  const [data, cache, temporary] = ['data', 'cache', 'tmp'].map(name => path.join(folder, name))
  for (const one of [data, cache, temporary]) fs.mkdirSync(one!)
  fs.writeFileSync(path.join(data!, 'arete.toml'), SETTINGS)
  const machine = await findEngine()
  if (machine === undefined) throw new Error('There is no engine to take the base image from')
  await ensureBase(machine.engine, () => {})
  const engine = await openOwnEngine({})
  await engine.load(await machine.engine.exportImages([BASE_IMAGE]))
  const listen = `127.0.0.1:${await freePort()}`
  const env = {
    ...{ DOCKER_HOST: engine.host, TMPDIR: temporary!, ARETE_CACHE: cache!, ARETE_DATA: data! },
    ARETE_LISTEN: listen,
  }
  const validator = supervise(['validator', 'start'], { env, ready: '"ready"' })
  while (!validator.isReady()) {
    await sleep(50)
    if (validator.said().includes('Cannot')) throw new Error(validator.said())
  }
  const worker = supervise(['worker', '--jobs', '1'], { env, ready: 'places' })
  return {
    ...{ data: data!, cache: cache!, temporary: temporary!, url: `http://${listen}`, engine },
    ...{ validator, worker },
    killDatabase: () => {
      const pid = Number.parseInt(readOr(path.join(data!, 'database/data/postmaster.pid')), 10)
      if (pid > 1 && readOr(`/proc/${pid}/comm`).trim() === 'postgres') process.kill(pid, 'SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      await worker.stop()
      await validator.stop()
      await engine[Symbol.asyncDispose]()
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** Hands an agent in as often as it takes until the validator says that it has it. @returns its id */
export async function submit(url: string, miner: string, bytes: Buffer): Promise<string> {
  const hotkey = await signerNamed(miner)
  let envelope: Envelope | undefined
  for (;;) {
    try {
      const info = await askInfo(url)
      envelope ??= await signMessage(hotkey, {
        domain: 'arete/submission/1',
        ...{ network: info.network, netuid: info.netuid, validator: info.validator },
        miner: hotkey.address,
        digest: createHash('sha256').update(bytes).digest('hex'),
        nonce: freshNonce(),
        expires: Math.floor(Date.now() / 1000) + 600,
      })
      const answer = await handIn(url, envelope, bytes)
      if (answer.kind === 'accepted') return answer.id
      if (answer.status < 500) throw new Error(`It was refused: ${JSON.stringify(answer.reasons)}`)
    } catch (error) {
      if ((error as Error).name !== 'UnreachableError') throw error
    }
    await sleep(100)
  }
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
