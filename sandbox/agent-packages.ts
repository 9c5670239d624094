import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { packTar, type TarFile } from './archive.ts'
import { BASE_IMAGE } from './base.ts'
import { cacheFolder } from './cache.ts'
import { listFiles, sha256 } from './digest.ts'
import type { Engine, Mount } from './engine.ts'
import { keptLabels, labelsOf } from './owner.ts'
import { AGENT_FOLDER } from './spec.ts'

/** Packages of npm on this machine that an agent brings along. */
export interface AgentPackages {
  /** Tells them, and all that they depend on, from others. */
  readonly digest: string
  /** Holds `node_modules`. */
  readonly folder: string
}

const INSTALL_SECONDS = 600
/** What no program reads while it runs. */
const USELESS = /\.(map|md|markdown|d\.ts|d\.mts|d\.cts|tsbuildinfo)$/i
/** Written last: then the volume is complete. */
const MARKER = 'complete'

/**
 * Installs packages of npm for an agent of this machine's own user. They are kept by what was asked for; none of their scripts runs
 * here.
 *
 * @returns where they lie; or why they cannot be had
 */
export async function installPackages(
  packages: Readonly<Record<string, string>>,
): Promise<AgentPackages | { readonly mistake: string }> {
  const wanted = JSON.stringify(Object.entries(packages).sort())
  const folder = path.join(cacheFolder(), 'agent-packages', sha256(`1 ${wanted}`).slice(0, 24))
  if (!fs.existsSync(folder)) {
    const mistake = await install(packages, folder)
    if (mistake !== undefined) return { mistake }
  }
  return { digest: sha256(fs.readFileSync(path.join(folder, 'package-lock.json'))), folder }
}

/**
 * Puts packages into a volume of their own, unless they are there: they are too large to be put into each sandbox.
 *
 * @returns where they lie in a sandbox: `node_modules` beside the agent, read-only
 */
export async function mountPackages(engine: Engine, { digest, folder }: AgentPackages): Promise<Mount> {
  const volume = `arete-packages-${digest.slice(0, 16)}`
  const target = `${AGENT_FOLDER}/node_modules`
  const mounts = [{ volume, target, readOnly: false }]
  const labels = labelsOf({ run: 'setup', role: 'runtime', seconds: 600, now: Date.now() })
  await engine.createVolume(volume, keptLabels('runtime'))
  await using stopped = await engine.openStopped({ image: BASE_IMAGE, labels, mounts })
  const marker = await stopped.readArchive(`${target}/${MARKER}`)
  marker?.resume()
  if (marker === undefined) {
    await stopped.writeArchive(target, packTar(readPackages(path.join(folder, 'node_modules'))))
    await stopped.writeArchive(target, packTar([{ name: MARKER, content: '' }]))
  }
  return { volume, target, readOnly: true }
}

function readPackages(root: string): TarFile[] {
  return listFiles(root)
    .filter(name => !USELESS.test(name))
    .map(name => {
      const file = path.join(root, name)
      // Without install scripts nobody makes the programs among them executable.
      const isProgram = fs.statSync(file).mode & 0o100 || /(^|\/)(bin|vendor)\//.test(name)
      return { name, content: fs.readFileSync(file), mode: isProgram ? 0o755 : 0o644 }
    })
}

/** Whole or not at all: whoever dies meanwhile leaves nothing that looks complete. */
async function install(
  packages: Readonly<Record<string, string>>,
  folder: string,
): Promise<string | undefined> {
  const temporary = `${folder}.${process.pid}.${randomBytes(4).toString('hex')}`
  fs.mkdirSync(temporary, { recursive: true })
  try {
    const content = { name: 'agent', private: true, dependencies: packages }
    fs.writeFileSync(path.join(temporary, 'package.json'), JSON.stringify(content))
    const flags = ['--ignore-scripts', '--omit=dev', '--omit=optional', '--no-audit', '--no-fund']
    const { exitCode, stderr } = await execa('npm', ['install', ...flags], {
      cwd: temporary,
      reject: false,
      timeout: 1000 * INSTALL_SECONDS,
    })
    if (exitCode !== 0) return `packages: npm cannot install them: ${stderr.trim().split('\n')[0]}`
    if (!fs.existsSync(folder)) fs.renameSync(temporary, folder)
    return undefined
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true })
  }
}
