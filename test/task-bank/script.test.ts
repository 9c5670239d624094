import { expect, test } from 'vitest'
import { recogniseScript } from '../../task-bank/script.ts'

const OUTCOME = `
if [ $? -eq 0 ]; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`
const IN_TESTS = { root: '/tests', names: undefined, env: {} }

test.each([
  ['pytest /tests/test_a.py -rA', { ...IN_TESTS, cwd: '', run: ['test_a.py'] }],
  ['cd /app\npython3 -m pytest /tests', { ...IN_TESTS, cwd: '/app', run: undefined }],
  [
    'cd /tests\npytest -v --tb=short test_a.py b/test_b.py',
    { ...IN_TESTS, cwd: '/tests', run: ['test_a.py', 'b/test_b.py'] },
  ],
  ['cd /tests && true\npytest', undefined],
  [
    'uvx \\\n  --with pytest==8.4.1 \\\n  pytest --ctrf /logs/verifier/ctrf.json /tests/test_a.py -rA',
    { ...IN_TESTS, cwd: '', run: ['test_a.py'] },
  ],
  [
    'export CI="true"\npytest /tests/test_a.py',
    { ...IN_TESTS, env: { CI: 'true' }, cwd: '', run: ['test_a.py'] },
  ],
] as const)('pytest: %s', (body, tests) => {
  expect(recogniseScript(`#!/bin/bash\n${body}${OUTCOME}`)).toEqual(
    tests === undefined ? undefined : { kind: 'pytest', tests },
  )
})

test('files that are copied into the repository are laid there', () => {
  const script = `cd /app/src
mkdir -p "packages/a/test"
cp "/tests/packages/a/test/one.test.ts" "packages/a/test/one.test.ts"
cp /tests/data.json packages/a/test/
cd packages/a
npx vitest run test/one.test.ts --reporter=verbose
test_status=$?
if [ "$test_status" -eq 0 ]; then
  echo "fine"
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
exit $test_status
`

  expect(recogniseScript(script)).toEqual({
    kind: 'vitest',
    tests: {
      root: '/app/src',
      cwd: '/app/src/packages/a',
      env: {},
      run: ['packages/a/test/one.test.ts'],
      names: new Map([
        ['packages/a/test/one.test.ts', 'packages/a/test/one.test.ts'],
        ['data.json', 'packages/a/test/data.json'],
      ]),
    },
  })
})

test('a tool inside the condition, the usual guard, and installations are seen through', () => {
  const script = `set -euo pipefail
apt-get update
apt-get install -y curl
curl -LsSf https://astral.sh/uv/0.9.7/install.sh | sh
source $HOME/.local/bin/env
if [ "$PWD" = "/" ]; then
    echo "Error: No working directory set."
    exit 1
fi
if node --test /tests/a.test.mjs; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`

  expect(recogniseScript(script)).toMatchObject({ kind: 'node', tests: { run: ['a.test.mjs'] } })
})

test.each([
  ['a further condition', 'pytest /tests/test_a.py && test -f /app/done'],
  ['something between tool and status', 'pytest /tests/test_a.py\necho "done"'],
  ['something unknown', 'rm -rf /app/cache\npytest /tests/test_a.py'],
  ['a variable in a path', 'pytest $DIR/test_a.py'],
  ['a test by name', 'pytest /tests/test_a.py::test_one'],
  ['a selection', 'pytest -k one /tests/test_a.py'],
  ['tests of the agent', 'cp /tests/b.py b.py\npytest test_a.py'],
  ['a way out of /tests', 'cp /tests/../etc/passwd test_a.py\npytest test_a.py'],
  ['what steers our runner', 'export NODE_OPTIONS=--import=a\nnode --test /tests/a.test.js'],
  ['two tools', 'pytest /tests/test_a.py\npytest /tests/test_b.py'],
  ['a pipe', 'pytest /tests/test_a.py | tee log'],
  ['a tool in the background', 'pytest /tests/test_a.py &'],
])('a script with %s is not', (_, body) => {
  expect(recogniseScript(`${body}${OUTCOME}`)).toBeUndefined()
})

test('neither is one that rewards something else', () => {
  expect(recogniseScript(`pytest /tests/test_a.py${OUTCOME.replace('echo 0', 'echo 0.5')}`)).toBeUndefined()
  expect(recogniseScript(`pytest /tests/test_a.py${OUTCOME.replace('-eq', '-ne')}`)).toBeUndefined()
  expect(recogniseScript('pytest /tests/test_a.py\n')).toBeUndefined()
  expect(recogniseScript('')).toBeUndefined()
})
