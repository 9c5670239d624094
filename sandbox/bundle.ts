import { spawn } from 'node:child_process'
import path from 'node:path'

const RUNTIME_FOLDER = path.resolve(import.meta.dirname, '../agent-runtime')
const CHILD = path.join(import.meta.dirname, 'bundle-child.mjs')
const MAX_SECONDS = 20
const MAX_BYTES = 64 * 2 ** 20
/** Of address space, of which much is only reserved; what sources of 16 MiB can make of it is more than a machine has to give. */
const MAX_KILOBYTES = 6 * 2 ** 20

/**
 * Makes one file of a TypeScript or JavaScript agent. This happens on the host, with code of a stranger: only files below
 * `root` and our own runtime, which miners import as `arete`, can come into it, no settings are read from disk, and a process of
 * its own, without our environment, is ended when it takes too long or too much.
 *
 * @returns the bundle, or each mistake as `file:line: message`
 */
export async function bundleAgent(
  root: string,
  entry: string,
  seconds = MAX_SECONDS,
): Promise<{ content: Uint8Array } | { mistakes: string[] }> {
  const { bytes, failure } = await runChild([root, entry, RUNTIME_FOLDER], seconds)
  const body = bytes.subarray(1)
  if (failure === undefined && bytes[0] === 0x43) return { content: body }
  if (failure === undefined && bytes[0] === 0x4d)
    return { mistakes: JSON.parse(body.toString('utf8')) as string[] }
  return { mistakes: [`${path.basename(entry)}:1: the bundler ${failure ?? 'gave nothing'}`] }
}

async function runChild(
  words: readonly string[],
  seconds: number,
): Promise<{ bytes: Buffer; failure: string | undefined }> {
  const script = `ulimit -v ${MAX_KILOBYTES} 2>/dev/null; exec "$0" "$@"`
  const child = spawn('/bin/sh', ['-c', script, process.execPath, CHILD, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group, so that the bundler's own process ends with it.
    detached: true,
    env: { GOMEMLIMIT: '1500MiB' },
  })
  let failure: string | undefined
  const end = (why: string): void => {
    failure ??= why
    if (child.pid !== undefined) killGroup(child.pid)
  }
  const timer = setTimeout(() => end(`did not end within ${seconds} s`), seconds * 1000)
  const chunks: Buffer[] = []
  let total = 0
  child.stdout.on('data', (chunk: Buffer) => {
    total += chunk.length
    if (total > MAX_BYTES) end(`made more than ${MAX_BYTES} bytes`)
    else chunks.push(chunk)
  })
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        if (signal !== null && failure === undefined)
          reject(new Error(`The bundler was ended by ${signal}: this machine may be short of memory`))
        if (code !== 0) failure ??= 'broke off: the code is too large or too deeply nested'
        resolve({ bytes: Buffer.concat(chunks), failure })
      })
    })
  } finally {
    clearTimeout(timer)
    if (child.pid !== undefined) killGroup(child.pid)
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
