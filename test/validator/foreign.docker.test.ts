import pLimit from 'p-limit'
import { expect, test } from 'vitest'
import { levelOf } from '../../sandbox/lift.ts'
import { calibrate } from '../../validator/checks/calibrate.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { useBench } from '../support/surroundings.ts'
import { SUMS_FIXED, type TaskDraft } from '../support/task.ts'

const bank = useBench()

const REWARD = `
if [ $? -eq 0 ]; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`
const UNNAMED: TaskDraft = { runner: 'unnamed', failToPass: [], passToPass: [] }
const PYTHON_TESTS = `from sums import add


def test_adds():
    assert add(2, 3) == 5


def test_zero():
    assert add(7, 0) == 7
`

test('tests behind a script of the usual form are run by our runner, at the level observed', async () => {
  const draft: TaskDraft = {
    ...UNNAMED,
    name: 'usual-script',
    mode: 'snapshot',
    tests: {
      'test.sh': `#!/bin/bash\ncd /app\npython3 -m pytest /tests/test_sums.py -rA\n${REWARD}`,
      'test_sums.py': PYTHON_TESTS,
    },
    solution: `cat > /app/sums.py <<'END'\n${SUMS_FIXED}END\n`,
  }

  const { prepared, isSettled } = await calibrated(draft)
  const verdicts = await verdictsOf(prepared, {
    forged: 'class Any(int):\n    __eq__ = lambda *_: True\ndef add(a, b): return Any(0)\n',
  })

  expect(isSettled).toBe(true)
  expect(levelOf(prepared.task, prepared.lift)).toBe('observed')
  expect(prepared.lift?.learnt).toEqual({
    failToPass: ['test_sums.py::test_adds'],
    passToPass: ['test_sums.py::test_zero'],
    others: [],
  })
  expect(verdicts).toMatchObject({ oracle: 'solved', nop: 'unsolved', forged: 'unsolved' })
})

test('a script that does more than start tests decides itself', async () => {
  const draft: TaskDraft = {
    ...UNNAMED,
    name: 'own-script',
    tests: {
      'test.sh': `python3 -m pytest /tests/test_sums.py && test -e /app/README.md\n${REWARD}`,
      'test_sums.py': PYTHON_TESTS,
    },
  }

  const { prepared } = await calibrated(draft)

  expect(levelOf(prepared.task, prepared.lift)).toBe('reward')
  expect(await verdictsOf(prepared, {})).toMatchObject({ oracle: 'solved', nop: 'unsolved' })
})

test('tests that a script copies into the repository are laid there', async () => {
  const draft: TaskDraft = {
    ...UNNAMED,
    name: 'copied-tests',
    dockerfile: ['RUN chown agent:agent /app /app/test'],
    mode: 'snapshot',
    repository: {
      'lib/sums.js': 'exports.add = (a, b) => a - b\n',
      'test/old.js': '',
      'package.json': '{ "type": "commonjs" }\n',
    },
    tests: {
      'test.sh': `#!/bin/bash
cd /app
export CI=true
mkdir -p "test/unit"
cp "/tests/sums.test.js" "test/unit/sums.test.js"
node --test test/unit/sums.test.js
test_status=$?
if [ $test_status -eq 0 ]; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
exit "$test_status"
`,
      'sums.test.js': `const assert = require('node:assert/strict')
const test = require('node:test')
const { add } = require('../../lib/sums.js')
test('adds', () => assert.equal(add(2, 3), 5))
test('zero', () => assert.equal(add(7, 0), 7))
`,
    },
    solution: `echo 'exports.add = (a, b) => a + b' > /app/lib/sums.js\n`,
  }

  const { prepared } = await calibrated(draft)

  expect(prepared.lift?.learnt).toMatchObject({ failToPass: ['test/unit/sums.test.js::adds'] })
  expect(levelOf(prepared.task, prepared.lift)).toBe('observed')
  expect(await verdictsOf(prepared, {})).toMatchObject({ oracle: 'solved', nop: 'unsolved' })
  // A link in the place of a folder would have our files lie elsewhere, or nowhere at all.
  await each(
    ['rm -rf test && ln -s /etc test', 'rm -rf test && echo > test', 'mkdir -p test && mkfifo test/unit'],
    async trick => {
      const script = `cd /app && echo 'exports.add = (a, b) => a + b' > lib/sums.js && ${trick}`
      expect(await shellVerdict(prepared, script), trick).toMatchObject({ verdict: 'solved' })
    },
  )
})

test('hidden tests in the repository run as it is configured, and no patch reaches them', async () => {
  const draft: TaskDraft = {
    name: 'in-place',
    place: 'repository',
    repository: {
      'src/sums/__init__.py': 'def add(a, b):\n    return a - b\n',
      'tests/conftest.py': 'import pytest\n\n@pytest.fixture\ndef two():\n    return 2\n',
      'tests/test_old.py': 'def test_old():\n    pass\n',
      'pyproject.toml': '[tool.pytest.ini_options]\npython_functions = ["check_*"]\n',
    },
    tests: {
      'tests/unit/__init__.py': '',
      'tests/unit/test_sums.py':
        'from sums import add\n\ndef check_adds(two):\n    assert add(two, 3) == 5\n\ndef test_never_run():\n    assert False\n',
    },
    failToPass: ['tests/unit/test_sums.py::check_adds'],
    passToPass: [],
    solution: "printf 'def add(a, b):\\n    return a + b\\n' > src/sums/__init__.py\n",
  }
  const { prepared } = await calibrated(draft)
  const right = "printf 'def add(a, b):\\n    return a + b\\n' > src/sums/__init__.py"

  expect(levelOf(prepared.task, prepared.lift)).toBe('observed')
  expect(await verdictsOf(prepared, {})).toMatchObject({ oracle: 'solved', nop: 'unsolved' })
  const tricks = [
    'mkdir -p tests/unit && echo "assert False" > tests/unit/test_sums.py',
    'echo > tests/unit',
    'mkdir -p tests/unit/test_sums.py && echo > tests/unit/test_sums.py/a',
    'rm -rf tests',
    'echo "def two(): pass" > tests/conftest.py',
    'printf "[pytest]\\npython_functions = none\\n" > pytest.ini',
    'printf "[pytest]\\naddopts = -p forge\\n" > tests/unit.ini; cp tests/unit.ini tox.ini; echo "raise SystemExit(0)" > forge.py',
    'printf "[tool.pytest.ini_options]\\naddopts = \\"--collect-only\\"\\n" > pyproject.toml',
    'mkdir -p tests/unit && echo "import os; os._exit(0)" > tests/unit/conftest.py',
    'mkdir -p pytest && echo "import os; os._exit(0)" > pytest/__init__.py',
  ]
  await each(tricks, async trick => {
    expect(await shellVerdict(prepared, `${right}; ${trick}`), trick).toMatchObject({ verdict: 'solved' })
    expect(await shellVerdict(prepared, trick), trick).not.toMatchObject({ verdict: 'solved' })
  })
})

/** Two at once. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  await pLimit(2).map(items, work)
}

async function calibrated(draft: TaskDraft) {
  const task = await bank.bench.prepare(draft)
  return await calibrate(bank.bench.slot, { ...task, lift: undefined }, bank.bench.run)
}

type Ready = Awaited<ReturnType<typeof calibrated>>['prepared']

async function verdictsOf(prepared: Ready, texts: Readonly<Record<string, string>>) {
  const verdicts: Record<string, string> = {}
  await each(['oracle', 'nop'] as const, async kind => {
    const job = { prepared, agent: { kind }, run: bank.bench.run }
    verdicts[kind] = await bank.bench.inSlot(async slot => (await evaluate(slot, job)).verdict.verdict)
  })
  await each(Object.entries(texts), async ([name, text]) => {
    const script = `cat > /app/sums.py <<'END'\n${text}END\n`
    verdicts[name] = (await shellVerdict(prepared, script)).verdict
  })
  return verdicts
}

async function shellVerdict(prepared: Ready, script: string) {
  const agent = await bank.bench.agent('trick.sh', `#!/bin/bash\n${script}\n`)
  const job = { prepared, agent, run: bank.bench.run }
  return await bank.bench.inSlot(async slot => (await evaluate(slot, job)).verdict)
}
