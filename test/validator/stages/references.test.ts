import path from 'node:path'
import { asc } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { AgentError } from '../../../sandbox/agent.ts'
import { enterReferences, type ReferenceSource, sourceOf } from '../../../validator/stages/references.ts'
import { submissions } from '../../../validator/store/schema.ts'
import { makeFolder } from '../../support/folder.ts'
import { useIntake } from '../../support/intake.ts'
import { signerNamed } from '../../support/miner.ts'

const TEMPLATES = path.resolve(import.meta.dirname, '../../../miner-template')
const NOP: ReferenceSource = { kind: 'nop' }
const REPAIR: ReferenceSource = { kind: 'folder', folder: path.join(TEMPLATES, 'repair') }

const intake = useIntake()

async function enter(sources: readonly ReferenceSource[], validator = 'dee') {
  const { address: hotkey } = await signerNamed(validator)
  return await enterReferences({ ...intake.context, hotkey }, sources)
}

async function rows() {
  return await intake.database.db
    .select()
    .from(submissions)
    .orderBy(asc(submissions.block), asc(submissions.index))
}

test("references are the validator's own submissions, and stand before every miner", async () => {
  await intake.hand(intake.alice, 'before')

  const entered = await enter([NOP, REPAIR])

  const { address } = await signerNamed('dee')
  expect(entered.map(({ agent }) => agent)).toEqual(['nop', 'repair'])
  expect(await rows()).toMatchObject([
    {
      role: 'reference',
      hotkey: address,
      coldkey: address,
      block: 0,
      index: 0,
      state: 'queued',
      stage: 'smoke',
    },
    { role: 'reference', hotkey: address, block: 0, index: 1 },
    { role: 'miner', hotkey: intake.alice.address },
  ])
  for (const { digest } of entered) expect((await intake.blobs.get(digest)).length).toBeGreaterThan(0)
})

test('the same code is entered once, also by several processes at once and under another key; other code anew', async () => {
  await Promise.all([enter([NOP]), enter([NOP])])
  const again = await enter([NOP], 'cid')
  const files = {
    'agent.json': JSON.stringify({ name: 'mine', version: '1', language: 'command', entry: 'go.sh' }),
    'go.sh': '#!/bin/sh\n',
  }
  const [one, other] = [makeFolder(files), makeFolder({ ...files, 'go.sh': '#!/bin/sh\ntrue\n' })]
  const entered = await enter([one, other].map(folder => ({ kind: 'folder' as const, folder })))

  expect(again).toEqual([])
  expect(entered).toHaveLength(2)
  expect(await rows()).toHaveLength(3)
})

test('an agent that cannot be packed stops the start, and says why', async () => {
  await expect(enter([{ kind: 'folder', folder: '/nowhere' }])).rejects.toThrow(AgentError)
  expect(await rows()).toEqual([])
})

test('a name is one of the bundled agents, else a folder', () => {
  expect(sourceOf('nop', TEMPLATES)).toEqual(NOP)
  expect(sourceOf('repair', TEMPLATES)).toEqual(REPAIR)
  expect(sourceOf('../mine', TEMPLATES)).toEqual({ kind: 'folder', folder: path.resolve('../mine') })
})
