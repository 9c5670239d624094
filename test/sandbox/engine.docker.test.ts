import { expect, test } from 'vitest'
import { openDocker } from '../../sandbox/docker.ts'
import { setUp } from '../../sandbox/setup.ts'
import { describeEngine } from '../support/engine.ts'
import { describeKeeping } from '../support/engine-keeping.ts'

describeEngine('Docker', async () => (await setUp(() => {})).engine)
describeKeeping('Docker', async () => (await setUp(() => {})).engine)

test('an engine that is not there is named as missing, whatever is asked', async () => {
  const engine = openDocker({ kind: 'socket', path: '/nonexistent/engine.sock' })

  for (const asked of [engine.about(), engine.listLabelled('x'), engine.createVolume('x', {})]) {
    await expect(asked).rejects.toMatchObject({ name: 'SandboxError', code: 'engine-missing' })
  }
})
