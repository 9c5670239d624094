import fs from 'node:fs'
import path from 'node:path'
import { type Agent, loadAgent } from '../../sandbox/agent.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Slot } from '../../sandbox/slot.ts'
import { openTemporary } from '../../sandbox/temporary.ts'
import { evaluate } from '../../validator/evaluate.ts'
import type { Payload } from './attack.ts'

/** What Arête makes of an attack. `none`: it took it for a failure of its own, which an attack must never bring about. */
export interface OurAnswer {
  readonly verdict: 'solved' | 'unsolved' | 'invalid' | 'none'
  readonly reason: string
  readonly detail: string
}

/** Judges a payload exactly as an attempt of a miner is judged. */
export async function judgeByArete(
  slot: Slot,
  job: { prepared: PreparedTask; payload: Payload; run: string },
): Promise<OurAnswer> {
  const agent = await agentOf(job.payload)
  try {
    const { verdict } = await evaluate(slot, { ...job, agent })
    return { verdict: verdict.verdict, reason: verdict.reason, detail: verdict.detail }
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    return { verdict: 'none', reason: error.code, detail: error.message }
  }
}

async function agentOf(payload: Payload): Promise<Agent> {
  switch (payload.kind) {
    case 'script':
      return await loadAgent(payload.file)
    case 'agent':
      return await loadAgent(payload.folder)
    case 'diff': {
      using folder = openTemporary()
      const diff = JSON.stringify(fs.readFileSync(payload.file, 'utf8'))
      const file = path.join(folder.path, 'returns-a-diff.mjs')
      fs.writeFileSync(file, `export default () => ${diff}\n`)
      return await loadAgent(file)
    }
  }
}
