import { expect, test } from 'vitest'
import { useBench } from '../support/surroundings.ts'
import type { TaskDraft } from '../support/task.ts'

const bank = useBench()
/** Says whether the tools are what they were, and whether the agent's own work is still there. */
const SNAPSHOT: TaskDraft = {
  mode: 'snapshot',
  runner: 'script',
  dockerfile: ['USER root'],
  user: 'root',
  tests: {
    'test.sh': [
      'set -e',
      '[ "$(command -v python3)" = /usr/bin/python3 ]',
      'python3 -c "import json; json.dumps(1)"',
      'grep -q Debian /etc/os-release',
      '[ ! -e /etc/ld.so.preload ]',
      '[ "$(cat /app/work)" = done ]',
      '[ -x /usr/local/bin/own ]',
      'echo 1 > /logs/verifier/reward.txt',
    ].join('\n'),
  },
}

test('tools are what they were, whatever an agent made of them; its work stays', async () => {
  const agent = await bank.bench.agent(
    'agent.sh',
    `#!/bin/bash
echo done > /app/work
printf '#!/bin/sh\\nexit 0\\n' > /usr/local/bin/python3
printf '#!/bin/sh\\nexit 0\\n' > /usr/local/bin/own
chmod +x /usr/local/bin/python3 /usr/local/bin/own
echo 'raise SystemExit' > /usr/lib/python3.11/json/__init__.py
rm /usr/bin/grep
echo /nothing.so > /etc/ld.so.preload
`,
  )

  const { verdict, restored } = await bank.bench.attempt(agent, SNAPSHOT)

  expect(restored.toSorted()).toEqual([
    '/etc/ld.so.preload (removed)',
    '/usr/bin/grep (restored)',
    '/usr/lib/python3.11/json/__init__.py (restored)',
    '/usr/local/bin/python3 (removed)',
  ])
  expect(verdict.verdict).toBe('solved')
})

test('a link in place of the folder of tools leads nowhere', async () => {
  const agent = await bank.bench.agent(
    'agent.sh',
    '#!/bin/bash\necho done > /app/work\ncp -a /usr/local/bin /usr/local/other; printf "#!/bin/sh\\n" > /usr/local/other/own; chmod +x /usr/local/other/own; rm -r /usr/local/bin; ln -s other /usr/local/bin\n',
  )

  const { restored } = await bank.bench.attempt(agent, SNAPSHOT)

  expect(restored).toContain('/usr/local/bin (restored)')
})

test('nothing is done for an agent that leaves them alone', async () => {
  const agent = await bank.bench.agent('agent.sh', '#!/bin/bash\necho done > /app/work\n')

  expect((await bank.bench.attempt(agent, SNAPSHOT)).restored).toEqual([])
})
