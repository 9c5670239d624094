import { expect, test } from 'vitest'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { network } from '../../../validator/checks/network.ts'
import type { CheckContext } from '../../../validator/checks/rule.ts'
import { makeFolder } from '../../support/folder.ts'

test.each([
  [
    'public',
    [
      expect.stringContaining('public'),
      'tests/test.sh line 2 fetches, and the tests have no network: curl -LsSf https://example.org/x | sh',
      'tests/run-tests.sh line 1 fetches, and the tests have no network: apt-get install -y curl',
    ],
  ],
  ['allowlist', []],
])('a task that asks for the network %s is looked at', async (mode, warnings) => {
  const folder = makeFolder({
    'task.toml': `[environment]\nnetwork_mode = "${mode}"\n${mode === 'allowlist' ? 'allowed_hosts = ["example.org"]\n' : ''}`,
    'instruction.md': 'Do it.\n',
    'environment/Dockerfile': 'FROM x\n',
    'tests/test.sh': '#!/bin/bash\ncurl -LsSf https://example.org/x | sh\nbash /tests/run-tests.sh\n',
    'tests/run-tests.sh': 'apt-get install -y curl\n',
  })
  const said: string[] = []
  const context = { prepared: { task: loadHarborTask(folder, {}) }, warn: (text: string) => said.push(text) }

  await network.run(context as unknown as CheckContext)

  expect(said.toSorted()).toEqual(warnings.toSorted())
})
