import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { Outlet } from './outlet.ts'
import { changedTree, type Memory, putTree, readTree, rememberTree, type Tree } from './tree.ts'
import { type Command, encodeFrame, type Frame, openFrameReader, type Reply } from './wire.ts'

/**
 * The process that lives in every sandbox: it carries out the validator's commands, read from stdin, and answers on
 * stdout. It runs as root with few capabilities; agents and tests run as another user where the task permits.
 */
const read = openFrameReader({ maxHeaderBytes: 2 ** 28, maxBodyBytes: 2 ** 31 })
const outlet = new Outlet(say)
const memories = new Map<string, Memory>()
let queue: Promise<void> = Promise.resolve()
let firstRun: number | undefined
/** Exit code of a program that could not be started, as shells give it. */
const NOT_STARTED = 127
/** How long the output of a program is waited for that others hold open after its end. */
const HELD_MILLISECONDS = 200

process.stdin.on('data', (chunk: Buffer) => {
  for (const frame of read(chunk) as Frame<Command>[]) {
    // `kill` must reach a running process, so it does not wait for its turn.
    if (frame.header.kind === 'kill') queue = Promise.all([queue, answer(frame)]).then(() => {})
    else if (frame.header.kind === 'listen' || frame.header.kind === 'unlisten') void answer(frame)
    else if (isForOutlet(frame.header)) outlet.receive(frame.header, frame.body)
    else queue = queue.then(() => answer(frame))
  }
})
process.stdin.on('end', () => process.exit(0))
say({ kind: 'ready' })

type ForOutlet = Parameters<Outlet['receive']>[0]

/** Bytes on their way in and out do not wait for programs to end. */
function isForOutlet(command: Command): command is ForOutlet {
  return ['flow', 'credit', 'shut', 'close', 'answer'].includes(command.kind)
}

async function answer({ header, body }: Frame<Command>): Promise<void> {
  try {
    switch (header.kind) {
      case 'put':
        putTree({ ...header, body })
        return say({ kind: 'done', id: header.id })
      case 'remember':
        memories.set(header.root, rememberTree(header.root))
        return say({ kind: 'done', id: header.id })
      case 'changes': {
        const memory = memories.get(header.root)
        if (memory === undefined) throw new Error(`Nothing is remembered of ${header.root}`)
        const since = firstRun ?? Date.now()
        return sayTree(header.id, changedTree(header.root, memory, since, header.maxBytes, header.maxEntries))
      }
      case 'read':
        return sayTree(header.id, readTree(header.paths, header.maxBytes, header.maxEntries))
      case 'kill':
        await killAll()
        return say({ kind: 'done', id: header.id })
      case 'run':
        return await run(header, body)
      case 'start':
        return await start(header)
      case 'listen':
        await outlet.listen(header.ports, header.names)
        return say({ kind: 'done', id: header.id })
      case 'unlisten':
        await outlet.unlisten()
        return say({ kind: 'done', id: header.id })
      case 'flow':
      case 'credit':
      case 'shut':
      case 'close':
      case 'answer':
        return outlet.receive(header, body)
    }
  } catch (error) {
    say({
      kind: 'failed',
      id: 'id' in header ? header.id : 0,
      message: error instanceof Error ? error.message : String(error),
    })
  }
}

/** Starts a program of the machine itself; nobody waits for its end, or reads what it says. */
function start(command: Extract<Command, { kind: 'start' }>): Promise<void> {
  firstRun ??= Date.now()
  return new Promise((resolve, reject) => {
    const [program, ...args] = command.argv
    const { cwd, env, uid, gid } = command
    const child = spawn(program!, args, { cwd, env, uid, gid, detached: true, stdio: 'ignore' })
    child.on('error', reject)
    child.on('spawn', () => {
      preferForOutOfMemory(child)
      say({ kind: 'done', id: command.id })
      resolve()
    })
  })
}

/** Runs one program; when it ends, all that it left behind is killed before the answer, unless it runs beside others. */
function run(command: Extract<Command, { kind: 'run' }>, stdin: Buffer): Promise<void> {
  firstRun ??= Date.now()
  return new Promise((resolve, reject) => {
    const [program, ...args] = command.argv
    const child = spawn(program!, args, {
      cwd: command.cwd,
      env: command.env,
      uid: command.uid,
      gid: command.gid,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    const beside = command.besideSeconds
    let killed = Promise.resolve()
    const kill = (): Promise<void> => {
      killed = killed.then(beside === undefined ? killAll : () => killGroup(child))
      return killed
    }
    let held: NodeJS.Timeout | undefined
    const late = beside === undefined ? undefined : setTimeout(() => void kill(), 1000 * beside)
    let output = 0
    let flooded = false
    const forward = (stream: 'stdout' | 'stderr' | 'results', chunk: Buffer): void => {
      output += chunk.length
      if (flooded) return
      if (output > command.maxOutputBytes) {
        flooded = true
        kill().catch(reject)
        return
      }
      say({ kind: 'output', id: command.id, stream }, chunk)
    }
    child.stdout!.on('data', chunk => forward('stdout', chunk))
    child.stderr!.on('data', chunk => forward('stderr', chunk))
    const results = child.stdio[3] as unknown as NodeJS.ReadableStream
    results.on('data', chunk => forward('results', chunk))
    results.on('error', () => {})
    child.stdin!.on('error', () => {})
    child.stdin!.end(stdin)
    child.on('error', error => {
      say({ kind: 'output', id: command.id, stream: 'stderr' }, Buffer.from(`${error.message}\n`))
      say({ kind: 'exit', id: command.id, code: NOT_STARTED, signal: null, flooded: false })
      resolve()
    })
    child.on('exit', () => {
      clearTimeout(late)
      if (beside === undefined) return void kill().catch(reject)
      // What it left behind may hold its streams for ever.
      held = setTimeout(() => {
        for (const stream of [child.stdout, child.stderr, child.stdio[3] as unknown as Readable])
          stream?.destroy()
      }, HELD_MILLISECONDS)
    })
    child.on('close', (code, signal) => {
      clearTimeout(held)
      if (child.pid === undefined) return
      ;(beside === undefined ? kill() : Promise.resolve())
        .then(() => say({ kind: 'exit', id: command.id, code, signal, flooded }))
        .then(resolve, reject)
    })
    preferForOutOfMemory(child)
  })
}

async function killGroup({ pid }: ChildProcess): Promise<void> {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Ends every process but the resident and init, and returns once none of them runs any more. */
async function killAll(): Promise<void> {
  for (let round = 0; round < 500; round++) {
    try {
      process.kill(-1, 'SIGKILL')
    } catch {
      // There is nobody left to kill.
    }
    if (!fs.readdirSync('/proc').some(isAlive)) return
    await new Promise(resolve => setTimeout(resolve, Math.min(round, 10)))
  }
  throw new Error('Processes did not end within 5 s of SIGKILL')
}

function isAlive(name: string): boolean {
  if (!/^\d+$/.test(name) || name === '1' || name === String(process.pid)) return false
  try {
    const stat = fs.readFileSync(`/proc/${name}/stat`, 'latin1')
    const state = stat.charAt(stat.lastIndexOf(')') + 2)
    return state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}

/** When memory runs out the kernel shall end the program, not the resident. */
function preferForOutOfMemory(child: ChildProcess): void {
  try {
    fs.writeFileSync(`/proc/${child.pid}/oom_score_adj`, '1000')
  } catch {
    // It has ended already, or the kernel does not let us: the container's own flag still tells.
  }
}

function sayTree(id: number, { entries, removed, body, truncated }: Tree): void {
  say({ kind: 'tree', id, entries, removed, truncated }, body)
}

function say(reply: Reply, body?: Uint8Array): void {
  process.stdout.write(encodeFrame(reply, body))
}
