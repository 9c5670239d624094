import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { buildSync } from 'esbuild'
import { packTar } from './archive.ts'
import { BASE_IMAGE } from './base.ts'
import { runChore } from './chore.ts'
import { digestFiles, sha256 } from './digest.ts'
import type { Engine } from './engine.ts'
import { SandboxError } from './errors.ts'
import { NODE_FLAGS, NODE_VERSION } from './node.ts'
import { keptLabels, labelsOf } from './owner.ts'
import { RUNTIME } from './spec.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const SOURCES = ['agent-runtime', 'sandbox/runners'].map(folder => path.join(ROOT, folder))

/** Name of the volume that holds exactly the present version of what we bring into every sandbox. */
export function runtimeVolume(): string {
  const parts = [digestFiles(SOURCES), NODE_VERSION, INSTALL.join('\n')]
  return `arete-runtime-${sha256(parts.join('\0')).slice(0, 16)}`
}

/**
 * Makes that volume if it is not there: Node with the libraries it needs, so that it runs in any Linux image, the
 * resident, the launchers and the test runners.
 */
export async function ensureRuntime(engine: Engine): Promise<string> {
  const volume = runtimeVolume()
  if ((await engine.findVolume(volume)) !== undefined && (await isFilled(engine, volume))) return volume
  await engine.createVolume(volume, keptLabels('runtime'))
  await fill(engine, volume)
  return volume
}

/** The marker is written last, so a set-up that died in between is done again. */
async function isFilled(engine: Engine, volume: string): Promise<boolean> {
  const labels = labelsOf({ run: 'setup', role: 'runtime', seconds: 60, now: Date.now() })
  const mounts = [{ volume, target: RUNTIME, readOnly: true }]
  await using stopped = await engine.openStopped({ image: BASE_IMAGE, labels, mounts })
  const marker = await stopped.readArchive(`${RUNTIME}/ready`)
  marker?.resume()
  return marker !== undefined
}

/**
 * Moves our own files into place, then copies Node and, dereferenced, each library that the dynamic linker names for it. Two
 * set-ups may do this at once: the second waits, and finds everything there.
 */
const INSTALL = [
  'set -e',
  `cd ${RUNTIME}`,
  'exec 9> lock',
  'flock 9',
  'if [ -e ready ]; then rm -r "$1"; exit 0; fi',
  'cp -R "$1/." .',
  'rm -r "$1"',
  'mkdir -p lib bin',
  'cp --remove-destination /usr/local/bin/node bin/node.bin',
  'ldd /usr/local/bin/node | sed -n \'s/.*=> \\(\\/[^ ]*\\).*/\\1/p\' | while read -r file; do cp -L "$file" lib/; done',
  'cp -L "$(ldd /usr/local/bin/node | sed -n \'s/^[[:space:]]*\\(\\/[^ ]*ld-linux[^ ]*\\).*/\\1/p\')" lib/ld.so',
  `printf '#!/bin/sh\\nexec ${RUNTIME}/lib/ld.so --library-path ${RUNTIME}/lib ${RUNTIME}/bin/node.bin ${NODE_FLAGS.join(' ')} "$@"\\n' > bin/node`,
  'chmod 755 bin/node bin/node.bin lib/ld.so',
  'touch ready',
]

async function fill(engine: Engine, volume: string): Promise<void> {
  const labels = labelsOf({ run: 'setup', role: 'runtime', seconds: 600, now: Date.now() })
  const mounts = [{ volume, target: RUNTIME, readOnly: false }]
  const incoming = `incoming-${randomBytes(8).toString('hex')}`
  {
    await using stopped = await engine.openStopped({ image: BASE_IMAGE, labels, mounts })
    await stopped.writeArchive(
      RUNTIME,
      packTar(bundle().map(file => ({ ...file, name: `${incoming}/${file.name}` }))),
    )
  }
  const { exitCode, said } = await runChore(engine, {
    image: BASE_IMAGE,
    entrypoint: ['/bin/sh', '-c', INSTALL.join('\n'), 'install', incoming],
    labels,
    memoryBytes: 2 ** 30,
    capabilities: ['DAC_OVERRIDE'],
    mounts,
  })
  if (exitCode !== 0) throw new SandboxError('setup-failed', `Cannot fill the volume ${volume}: ${said}`)
}

function bundle(): { name: string; content: string | Uint8Array; mode?: number }[] {
  const programs = buildSync({
    entryPoints: {
      resident: path.join(ROOT, 'agent-runtime/resident.ts'),
      launch: path.join(ROOT, 'agent-runtime/launch.ts'),
    },
    outdir: '/out',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    write: false,
  })
  const folder = path.join(ROOT, 'sandbox/runners')
  return [
    ...programs.outputFiles.map(file => ({ name: path.basename(file.path), content: file.contents })),
    { name: 'launch.py', content: fs.readFileSync(path.join(ROOT, 'agent-runtime/launch.py')) },
    ...fs
      .readdirSync(folder)
      .map(name => ({ name: `runners/${name}`, content: fs.readFileSync(path.join(folder, name)) })),
  ]
}
