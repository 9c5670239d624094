import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Agent, loadAgent } from '../../sandbox/agent.ts'
import { runAgentPhase } from '../../sandbox/agent-phase.ts'
import { useBench } from '../support/surroundings.ts'
import { SUMS_DIFF, SUMS_FIXED, type TaskDraft } from '../support/task.ts'

const bank = useBench()
const DIFF = JSON.stringify(SUMS_DIFF)
const OTHER = JSON.stringify(SUMS_DIFF.replace('a + b', 'b + a'))
const FIX = `fs.writeFileSync('sums.py', ${JSON.stringify(SUMS_FIXED)})`

interface Case {
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly line?: string
}

test.each<Case>([
  {
    what: 'edits the tree',
    files: {
      'agent.ts': `import fs from 'node:fs'\nimport type { Context, Solution } from 'arete'\nexport async function solve(context: Context): Promise<Solution> { ${FIX}; return undefined }`,
    },
  },
  { what: 'returns a diff', files: { 'agent.ts': `export const solve = async () => ${DIFF}` } },
  {
    what: 'returns { patch }',
    files: { 'agent.ts': `export function solve() { return { patch: ${DIFF} } }` },
  },
  {
    what: 'edits and returns another diff, which wins',
    files: {
      'agent.ts': `import fs from 'node:fs'\nexport function solve() { fs.writeFileSync('sums.py', 'x'); return ${OTHER} }`,
    },
    line: '+    return b + a',
  },
  {
    what: 'edits and returns an empty text',
    files: { 'agent.ts': `import fs from 'node:fs'\nexport function solve() { ${FIX}; return ' ' }` },
  },
  { what: 'has a default export', files: { 'agent.ts': `export default () => ${DIFF}` } },
  {
    what: 'has a default export with solve',
    files: { 'agent.ts': `export default { solve: () => ${DIFF} }` },
  },
  {
    what: 'uses the shell',
    files: {
      'agent.ts': `export async function solve({ shell }) { await shell("sed -i 's/a - b/a + b/' sums.py") }`,
    },
  },
  {
    what: 'has several files',
    files: {
      'agent.ts': `import { diff } from './lib/diff.ts'\nexport const solve = () => diff`,
      'lib/diff.ts': `export const diff: string = ${DIFF}`,
    },
  },
  {
    what: 'is an ES module',
    files: { 'agent.mjs': `import fs from 'node:fs'\nexport function solve() { ${FIX} }` },
  },
  {
    what: 'is a CommonJS module',
    files: { 'agent.js': `const fs = require('node:fs')\nmodule.exports = function () { ${FIX} }` },
  },
  { what: 'returns a text', files: { 'agent.py': `def agent_main(input):\n    return ${DIFF}\n` } },
  {
    what: 'returns a dict with patch',
    files: { 'agent.py': `def agent_main(input):\n    return {"patch": ${DIFF}}\n` },
  },
  {
    what: 'returns a dict with model_patch',
    files: { 'agent.py': `def agent_main(input):\n    return {"model_patch": ${DIFF}}\n` },
  },
  {
    what: 'returns None after an edit',
    files: {
      'agent.py': `def agent_main(input):\n    open("sums.py", "w").write(${JSON.stringify(SUMS_FIXED)})\n`,
    },
  },
  {
    what: 'has more parameters with defaults',
    files: {
      'agent.py': `def agent_main(input_dict, repo_dir="/sandbox/repo", test_mode=False, version_id=None):\n    open(repo_dir + "/sums.py", "w").write(${JSON.stringify(SUMS_FIXED)})\n    return {}.get("patch", "")\n`,
    },
  },
  {
    what: 'exits with 0 after an edit',
    files: {
      'agent.py': `import sys\ndef agent_main(input):\n    open("sums.py", "w").write(${JSON.stringify(SUMS_FIXED)})\n    sys.exit(0)\n`,
    },
  },
  {
    what: 'leaves a thread running',
    files: {
      'agent.py': `import threading, time\ndef agent_main(input):\n    threading.Thread(target=time.sleep, args=(60,)).start()\n    return ${DIFF}\n`,
    },
  },
  {
    what: 'imports requests and its own modules',
    files: {
      'agent.py': `import requests\nfrom lib.diff import DIFF\nimport words\n\ndef agent_main(input):\n    return DIFF + words.EMPTY\n`,
      'lib/diff.py': `DIFF = ${DIFF}\n`,
      'words.py': 'EMPTY = ""\n',
    },
  },
  { what: 'edits as a command', files: { 'agent.sh': `#!/bin/sh\nsed -i 's/a - b/a + b/' sums.py\n` } },
])('an agent that $what: $files', async ({ files, line = '+    return a + b' }) => {
  const entry = Object.keys(files)[0]!
  const agent = await bank.bench.agentFolder({ 'agent.json': manifest(entry), ...files })

  const { verdict, agent: outcome } = await bank.bench.attempt(agent)

  expect(outcome.ending).toEqual({ kind: 'finished' })
  expect(verdict).toMatchObject({ verdict: 'solved', detail: 'All expected tests passed' })
  expect(outcome.patch.kind === 'patch' && outcome.patch.patch.diff.toString()).toContain(line)
})

test.each<Case & { message: string }>([
  {
    what: 'a number',
    files: { 'agent.py': 'def agent_main(input):\n    return 3\n' },
    message: "TypeError: agent_main returned int, not a diff or a dict with 'patch'",
  },
  {
    what: 'a dict without a patch',
    files: { 'agent.py': 'def agent_main(input):\n    return {"answer": ""}\n' },
    message: 'TypeError: agent_main returned dict',
  },
  {
    what: 'a number',
    files: { 'agent.mjs': 'export const solve = () => 3' },
    message: 'The agent returned neither a diff, nor { patch }, nor nothing',
  },
  {
    what: 'a list',
    files: { 'agent.mjs': 'export const solve = () => []' },
    message: 'The agent returned neither a diff, nor { patch }, nor nothing',
  },
])('an agent that returns $what has crashed: $files', async ({ files, message }) => {
  const agent = await bank.bench.agentFolder({ 'agent.json': manifest(Object.keys(files)[0]!), ...files })

  const { verdict, agent: outcome } = await bank.bench.attempt(agent)

  expect(verdict.reason).toBe('agent-crashed')
  expect(outcome.ending).toMatchObject({ message: expect.stringContaining(message) })
})

test('a Python agent gets the problem, and finds what it knows from elsewhere', async () => {
  const source = `
import json, os, sys
def agent_main(input):
    names = ["SANDBOX_PROXY_URL", "AI_PROXY_URL", "OPENROUTER_BASE_URL", "OPENROUTER_API_KEY", "AGENT_TIMEOUT", "REPO_PATH", "HOME", "USER", "ARETE_WORKDIR", "ARETE_TIMEOUT_SECONDS", "ARETE_PROBLEM_STATEMENT"]
    env = {name: os.environ.get(name) for name in names}
    same = os.environ["RUN_ID"] == os.environ["EVALUATION_RUN_ID"] != ""
    print(json.dumps({"input": input, "cwd": os.getcwd(), "repo": os.path.realpath("/sandbox/repo"), "name": __name__, "same": same, **env}))
`
  const said = JSON.parse(await logOf(await bank.bench.agent('agent.py', source)))

  expect(said).toMatchInlineSnapshot(`
    {
      "AGENT_TIMEOUT": "20",
      "AI_PROXY_URL": "http://127.0.0.1:3129",
      "ARETE_PROBLEM_STATEMENT": "The function add() is wrong.
    ",
      "ARETE_TIMEOUT_SECONDS": "20",
      "ARETE_WORKDIR": "/app",
      "HOME": "/home/agent",
      "OPENROUTER_API_KEY": "none",
      "OPENROUTER_BASE_URL": "http://127.0.0.1:3129/api/v1",
      "REPO_PATH": "/app",
      "SANDBOX_PROXY_URL": "http://127.0.0.1:3129",
      "USER": "agent",
      "cwd": "/app",
      "input": {
        "problem_statement": "The function add() is wrong.
    ",
      },
      "name": "agent",
      "repo": "/app",
      "same": true,
    }
  `)
})

test('a command gets the assignment on stdin, and may be any executable', async () => {
  const files = {
    'agent.json': manifest('bin/go.sh'),
    'bin/go.sh': '#!/bin/sh\ncat\necho\ncat "$(dirname "$0")/../note.txt"\n',
    'note.txt': 'its own file\n',
  }

  const [assignment, note] = (await logOf(await bank.bench.agentFolder(files))).split('\n')

  expect(JSON.parse(assignment!)).toMatchInlineSnapshot(`
    {
      "limits": {
        "cpus": 1,
        "memoryMegabytes": 256,
        "seconds": 20,
        "usd": 0,
      },
      "problemStatement": "The function add() is wrong.
    ",
      "version": 1,
      "workdir": "/app",
    }
  `)
  expect(note).toBe('its own file')
})

test('a statement of any length and any letters reaches an agent', async () => {
  const instruction = `${'漢'.repeat(90_000)}\0 end`
  const script = `#!/bin/sh\nprintf %s "$ARETE_PROBLEM_STATEMENT" | wc -c\nwc -c\n`

  const said = await logOf(await bank.bench.agent('agent.sh', script), { instruction })

  const [variable, stdin] = said.trim().split('\n').map(Number)
  expect(variable).toBeGreaterThan(99_990)
  expect(variable).toBeLessThan(131_072)
  expect(stdin).toBeGreaterThan(270_000)
})

test('a TypeScript agent gets its context', async () => {
  const source = `
import type { Context } from 'arete'
export async function solve({ task, model, shell, budget, signal, log }: Context) {
  const { stdout, exitCode } = await shell('pwd; exit 3')
  log('note', { answer: 42 })
  console.log(JSON.stringify({ task, available: model.available, stdout, exitCode, usd: budget.usdLeft(), inTime: budget.secondsLeft() <= 20, aborted: signal.aborted, argv: process.argv.length }))
}`
  const { log, events } = await workOf(await bank.bench.agent('agent.ts', source))

  expect(JSON.parse(log)).toMatchInlineSnapshot(`
    {
      "aborted": false,
      "argv": 3,
      "available": false,
      "exitCode": 3,
      "inTime": true,
      "stdout": "/app
    ",
      "task": {
        "mcpServers": [],
        "problemStatement": "The function add() is wrong.
    ",
        "workdir": "/app",
      },
      "usd": 0,
    }
  `)
  expect(events).toMatchObject([
    { kind: 'shell', command: 'pwd; exit 3', exitCode: 3, output: '/app\n' },
    { kind: 'log', message: 'note', data: { answer: 42 } },
  ])
})

test('the signal comes before the time is over, so that an agent can return what it has', async () => {
  const source = `export const solve = ({ signal }) => new Promise(done => signal.addEventListener('abort', () => done(${DIFF})))`

  const { verdict } = await bank.bench.attempt(await bank.bench.agent('agent.mjs', source), {
    agentSeconds: 6,
  })

  expect(verdict.reason).toBe('tests-passed')
})

test('the repository has one commit and nothing of its past or future', async () => {
  const draft: TaskDraft = {
    dockerfile: [
      'RUN git init -q -b main && git config user.email a@b && git config user.name n && git add . && git commit -qm one \\',
      ' && echo "fixed in the future" > future.txt && git add . && git commit -qm future && git tag v2 && git branch later \\',
      ' && echo stash >> README.md && git stash -q && git reset -q --hard HEAD~ && git remote add origin https://example.com/sums \\',
      ' && git notes add -m "a note" && echo "exit 1" > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit && chown -R agent:agent /app',
    ],
  }
  const script = `#!/bin/bash
git log --all --format=%s%d; git reflog | wc -l; git remote; git tag; git branch -a; git stash list; git notes list 2> /dev/null
git config --list --local; find .git -type f | grep -vE 'pack/|index|HEAD|config|refs/heads/main|packed-refs' ; git fsck --lost-found --no-reflogs
git cat-file --batch-check --batch-all-objects | awk '{ print $2 }' | sort | uniq -c; git status --short
ls`

  const said = await logOf(await bank.bench.agent('agent.sh', script), draft)

  expect(said).toMatchInlineSnapshot(`
    "Initial (HEAD -> main)
    0
    * main
    core.repositoryformatversion=0
    core.filemode=true
    core.bare=false
    user.name=agent
    user.email=agent@example.invalid
          2 blob
          1 commit
          1 tree
    README.md
    sums.py
    "
  `)
})

test('an agent may commit, and its patch is the same', async () => {
  const script = `#!/bin/sh\nsed -i 's/a - b/a + b/' sums.py\ngit -c user.email=a@b -c user.name=n commit -qam fix\n`

  const { verdict } = await bank.bench.attempt(await bank.bench.agent('agent.sh', script))

  expect(verdict.reason).toBe('tests-passed')
})

test('an agent may destroy the git folder, and its patch is the same', async () => {
  const script = `#!/bin/sh\nsed -i 's/a - b/a + b/' sums.py\nrm -rf .git\nln -s /nowhere .git\n`

  const { verdict } = await bank.bench.attempt(await bank.bench.agent('agent.sh', script))

  expect(verdict.reason).toBe('tests-passed')
})

test('an agent sees neither the tests nor the solution nor the name of the task', async () => {
  const script = `#!/bin/sh\nls -A /tests /solution; env; cat; grep -rIl 'def test_adds' / --exclude-dir=proc --exclude-dir=sys 2> /dev/null\ntrue\n`

  const said = await logOf(await bank.bench.agent('agent.sh', script), { name: 'telling-name' })

  expect(said).not.toMatch(/telling-name|test_sums|solve\.sh|test_adds/)
  expect(said).toContain('"version":1')
})

test.each([
  {
    what: 'no agent.json',
    files: { 'agent.py': '' } as Record<string, string>,
    reasons: ['agent.json: missing (or name a single file instead of the folder)'],
  },
  {
    what: 'an agent.json that is not JSON',
    files: { 'agent.json': '{ name: "x" }' },
    reasons: ["agent.json: Expected property name or '}' in JSON at position 2"],
  },
  {
    what: 'an empty agent.json',
    files: { 'agent.json': '{}' },
    reasons: [
      'name: Invalid input: expected string, received undefined',
      'version: Invalid input: expected string, received undefined',
      'language: Invalid option: expected one of "typescript"|"javascript"|"python"|"command"',
      'entry: Invalid input: expected string, received undefined',
    ].map(reason => `agent.json: ${reason}`),
  },
  {
    what: 'an agent.json with a list',
    files: { 'agent.json': '[]' },
    reasons: ['agent.json: file: Invalid input: expected object, received array'],
  },
  {
    what: 'wrong values',
    files: {
      'agent.json': JSON.stringify({
        name: '-x',
        version: '',
        language: 'rust',
        entry: '../agent.py',
        models: [''],
        colour: 'red',
      }),
    },
    reasons: [
      'name: up to 64 letters, digits, ".", "_" and "-", starting with a letter or digit',
      'version: Too small: expected string to have >=1 characters',
      'language: Invalid option: expected one of "typescript"|"javascript"|"python"|"command"',
      'entry: a path inside the folder',
      'models.0: Too small: expected string to have >=1 characters',
      'file: Unrecognized key: "colour"',
    ].map(reason => `agent.json: ${reason}`),
  },
  {
    what: 'an absolute entry',
    files: { 'agent.json': manifest('/bin/sh', 'command') },
    reasons: ['agent.json: entry: a path inside the folder'],
  },
  {
    what: 'an entry that is not there',
    files: { 'agent.json': manifest('agent.py') },
    reasons: ['agent.json: entry: there is no file agent.py'],
  },
  {
    what: 'an entry that is a folder',
    files: { 'agent.json': manifest('src', 'python'), 'src/agent.py': '' },
    reasons: ['agent.json: entry: there is no file src'],
  },
  {
    what: 'a TypeScript mistake',
    files: { 'agent.json': manifest('agent.ts'), 'agent.ts': 'export function solve( {' },
    reasons: ['agent.ts:1: Expected identifier but found end of file'],
  },
  {
    what: 'an import that is not there',
    files: {
      'agent.json': manifest('agent.ts'),
      'agent.ts': `import x from 'no-such-package'\nexport const solve = () => x`,
    },
    reasons: ['agent.ts:1: Could not resolve "no-such-package"'],
  },
  {
    what: 'too many bytes',
    files: { 'agent.json': manifest('agent.py'), 'agent.py': 'x'.repeat(17_000_000) },
    reasons: ['its files have 17000068 bytes, 16777216 may be'],
  },
])('a folder with $what cannot be used', async ({ files, reasons }) => {
  const folder = bank.bench.write(files)

  const failure = await loadAgent(folder).catch(error => error)

  expect(failure.name).toBe('AgentError')
  const lines = failure.message
    .split('\n')
    .map((line: string) => line.trim().replace(/^\S*\/(?=agent\.ts:)/, ''))
  expect(lines).toEqual([`Cannot use the agent in ${folder}:`, ...reasons])
})

test.each(['/no/such/agent', 'agent.rb', '.py'])('a source named %s cannot be used', async name => {
  const folder = bank.bench.write({ 'agent.rb': '', '.py': '' })

  await expect(loadAgent(path.resolve(folder, name))).rejects.toThrow(/^Cannot use the agent in /)
})

test('what a folder holds besides is not part of the agent', async () => {
  const files = { 'agent.json': manifest('agent.py'), 'agent.py': '' }
  const besides = { 'node_modules/x/index.js': 'x', '.git/config': 'x', '__pycache__/agent.pyc': 'x' }

  const one = await bank.bench.agentFolder(files)
  const other = await bank.bench.agentFolder({ ...files, ...besides })

  expect(other).toEqual(one)
})

test('any byte and any executable bit changes the digest of an agent', async () => {
  const files = { 'agent.json': manifest('agent.sh'), 'agent.sh': '#!/bin/sh\n', 'lib.sh': '' }
  const { bench } = bank
  const folder = bench.write(files)
  const digest = digestOf(await loadAgent(folder))

  expect(digestOf(await bench.agentFolder(files))).toBe(digest)
  expect(digestOf(await bench.agentFolder({ ...files, 'lib.sh': '\n' }))).not.toBe(digest)
  expect(digestOf(await bench.agentFolder({ ...files, 'lib2.sh': '' }))).not.toBe(digest)
  fs.chmodSync(path.join(folder, 'lib.sh'), 0o755)
  expect(digestOf(await loadAgent(folder))).not.toBe(digest)
})

function manifest(entry: string, language?: string): string {
  const known = { ts: 'typescript', mjs: 'javascript', js: 'javascript', py: 'python', sh: 'command' }[
    entry.split('.').at(-1)!
  ]
  return JSON.stringify({ name: 'tiny', version: '1', language: language ?? known, entry })
}

function digestOf(agent: Agent): string {
  if (agent.kind !== 'program') throw new Error(`"${agent.kind}" has no digest`)
  return agent.digest
}

async function logOf(agent: Agent, draft: TaskDraft = {}): Promise<string> {
  return (await workOf(agent, draft)).log
}

async function workOf(agent: Agent, draft: TaskDraft = {}) {
  const prepared = await bank.bench.prepare(draft)
  await using sandbox = await bank.bench.slot.take(prepared)
  const { ending, log, events } = await runAgentPhase({ sandbox, prepared, agent })
  expect(ending).toEqual({ kind: 'finished' })
  return { log: log.toString(), events }
}
