import fs from 'node:fs'
import path from 'node:path'
import type { AgentFile } from '../../validator/copies/files.ts'

/** A program whose copies are looked for: by nobody who saw the others. */
export interface Program {
  readonly name: string
  readonly language: 'typescript' | 'python'
  readonly files: readonly AgentFile[]
}

const ROOT = path.resolve(import.meta.dirname, '../..')
const AGENTS = 'test/fixtures/copies'
/** Folders of ours that are written for different purposes: what one hand writes is the harder case. */
const FOLDERS = [
  ...['task-bank/draw', 'task-bank/faults', 'task-bank/harbor', 'task-bank/history', 'task-bank/synth'],
  ...['task-bank/swebench', 'task-bank/checks', 'sandbox', 'miner-template/repair'],
  ...['validator/chain', 'validator/checks', 'validator/cli', 'validator/intake', 'validator/mining'],
  ...['validator/planting', 'validator/queue', 'validator/scoring', 'validator/store', 'validator/web'],
  ...[
    'validator/attempt',
    'validator/copies',
    'validator/draws',
    'validator/environments',
    'validator/mirrors',
  ],
  ...['validator/models', 'validator/operating', 'validator/pages', 'validator/receipts', 'validator/runs'],
  ...['validator/stages', 'validator/suspects', 'validator/worker', 'sandbox/affinetes', 'sandbox/gateway'],
  ...['test/fuzz', 'test/bench'],
]
const SCRIPTS = [
  'sandbox/runners/observe.py',
  'sandbox/runners/pytest_runner.py',
  'agent-runtime/launch.py',
  'test/fixtures/draw.py',
  'test/fixtures/hostile/syscalls.py',
  'test/fixtures/look_around.py',
]

/** Small agents of different designs; each carries the template along, as many do. */
export function listAgents(): Program[] {
  return fs
    .readdirSync(path.join(ROOT, AGENTS))
    .sort()
    .map(file => {
      const language = file.endsWith('.py') ? 'python' : 'typescript'
      const own = { path: `agent${path.extname(file)}`, text: readText(path.join(AGENTS, file)) }
      return { name: file, language, files: [own, ...templateOf(language)] }
    })
}

/** Other programs, without the template. */
export function listOthers(): Program[] {
  const folders = FOLDERS.map(
    (folder): Program => ({ name: folder, language: 'typescript', files: readFolder(folder) }),
  )
  const scripts = SCRIPTS.map(
    (file): Program => ({
      name: file,
      language: 'python',
      files: [{ path: file, text: readText(file) }],
    }),
  )
  return [...folders, ...scripts]
}

/** What everybody may build on. */
export function templateOf(language: Program['language']): AgentFile[] {
  return language === 'python'
    ? [{ path: 'base.py', text: readText('miner-template/python/agent.py') }]
    : ['loop.ts', 'model.ts', 'shell.ts'].map(name => ({
        path: `arete/${name}`,
        text: readText(`agent-runtime/${name}`),
      }))
}

/** Code of strangers, to hide a copy in. */
export function donorOf(language: Program['language']): AgentFile[] {
  return language === 'python'
    ? [{ path: 'donor.py', text: readText('sandbox/runners/lift.py') }]
    : readFolder('task-bank/logs')
}

function readFolder(folder: string): AgentFile[] {
  return fs
    .readdirSync(path.join(ROOT, folder))
    .filter(name => name.endsWith('.ts'))
    .sort()
    .map(name => ({ path: name, text: readText(path.join(folder, name)) }))
}

function readText(file: string): string {
  return fs.readFileSync(path.join(ROOT, file), 'utf8')
}
