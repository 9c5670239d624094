import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { AgentError, loadAgent, type Program } from '../../sandbox/agent.ts'
import { isAlive } from '../store/machine-lock.ts'
import { unpackAgent } from './pack.ts'
import type { Reason } from './reason.ts'

/**
 * An agent out of its packed bytes, ready for sandboxes, or what is wrong with it. Its files lie on our disk only while a bundle is
 * made of them; nothing of them runs here, and nothing outside their folder can come into the bundle.
 */
export async function loadPacked(bytes: Buffer): Promise<Program | { readonly reasons: readonly Reason[] }> {
  const unpacked = await unpackAgent(bytes)
  if ('reasons' in unpacked) return unpacked
  removeLeftOvers()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `arete-agent-${process.pid}-`))
  try {
    for (const file of unpacked.files) {
      const target = path.join(folder, file.path)
      fs.mkdirSync(path.dirname(target), { recursive: true })
      fs.writeFileSync(target, file.content, { mode: file.executable ? 0o755 : 0o644, flag: 'wx' })
    }
    const agent = await loadAgent(folder)
    if (agent.kind !== 'program') throw new TypeError(`A folder gave an agent of the kind ${agent.kind}`)
    return agent
  } catch (error) {
    if (error instanceof AgentError)
      return {
        reasons: error.reasons.map(reason => ({
          code: 'unloadable',
          message: reason.replaceAll(folder, '').slice(0, 2000),
        })),
      }
    throw error
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Folders of processes that died while they made a bundle. */
function removeLeftOvers(): void {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const pid = /^arete-agent-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      fs.rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true })
  }
}
