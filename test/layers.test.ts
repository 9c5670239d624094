import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from './support/folder.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Which of our files, and which packages, a file may import. The first row whose `files` fit it counts. */
const LAYERS: readonly { files: RegExp; ours: RegExp; packages: RegExp; types?: RegExp }[] = [
  { files: /^agent-runtime\//, ours: /^agent-runtime\//, packages: /./ },
  { files: /^task-bank\//, ours: /^task-bank\//, packages: /./ },
  { files: /^sandbox\//, ours: /^(sandbox|agent-runtime|task-bank)\//, packages: /./ },
  {
    files: /^validator\/(queue|scoring)\//,
    ours: /^validator\/(queue|scoring)\//,
    packages: /^(zod$|pure-rand\/)/,
    types: /^(sandbox|task-bank)\//,
  },
  {
    files: /^validator\/copies\//,
    ours: /^(validator\/copies\/|validator\/intake\/precedence\.ts|task-bank\/faults\/syntax\.ts)/,
    packages: /^(zod|node:crypto|@dodona\/dolos-core|@vscode\/tree-sitter-wasm)$/,
  },
  {
    files: /^validator\/pages\//,
    ours: /^validator\/((pages|scoring)\/|mirrors\/mirror\.ts$)/,
    packages: /^zod$/,
  },
  { files: /^validator\/cli\//, ours: /./, packages: /./ },
  { files: /^validator\//, ours: /^(sandbox|task-bank|validator(?!\/cli))\//, packages: /./ },
  { files: /^miner-template\//, ours: /^(miner-template|agent-runtime)\//, packages: /^(arete$|node:)/ },
]
/** What other boards say is shown, and neither judged nor paid by: whoever decides anything cannot even read it. */
const MIRRORS = /^validator\/mirrors\//
const MAY_SHOW_MIRRORS = /^validator\/(mirrors|web|pages|cli)\//
const OURS = /^(agent-runtime|task-bank|sandbox|validator|miner-template|test)\//

test('every import goes the way that the table of layers allows', () => {
  expect(findViolations(ROOT)).toEqual([])
})

test('a planted violation is found', () => {
  const folder = makeFolder({
    'agent-runtime/a.ts': "import { judge } from '../validator/scoring/verdict.ts'\n",
    'task-bank/b.ts': "export { x } from '../sandbox/x.ts'\n",
    'sandbox/c.ts': "import Docker from 'dockerode'\nimport {\n  run,\n} from '../validator/run.ts'\n",
    'sandbox/docker.ts': "import Docker from 'dockerode'\n",
    'validator/queue/d.ts': "import fs from 'node:fs'\nimport type { Task } from '../../task-bank/task.ts'\n",
    'validator/scoring/e.ts': "import { type Engine, open } from '../../sandbox/engine.ts'\n",
    'validator/copies/g.ts': "import fs from 'node:fs'\nimport '../store/schema.ts'\n",
    'validator/settle.ts': "import { findMirrors } from './mirrors/keep.ts'\n",
    'validator/web/h.ts': "import { findMirrors } from '../mirrors/keep.ts'\n",
    'validator/pages/h.ts': "import fs from 'node:fs'\nimport { z } from 'zod'\nimport '../web/app.ts'\n",
    'validator/f.ts': "const main = await import('./cli/main.ts')\nimport './scoring/e.ts'\n",
    'miner-template/g/agent.ts': "import { shell } from 'arete'\nimport '../../sandbox/x.ts'\n",
  })

  expect(findViolations(folder)).toEqual([
    'agent-runtime/a.ts imports validator/scoring/verdict.ts',
    'miner-template/g/agent.ts imports sandbox/x.ts',
    'sandbox/c.ts imports dockerode',
    'sandbox/c.ts imports validator/run.ts',
    'task-bank/b.ts imports sandbox/x.ts',
    'validator/copies/g.ts imports node:fs',
    'validator/copies/g.ts imports validator/store/schema.ts',
    'validator/f.ts imports validator/cli/main.ts',
    'validator/pages/h.ts imports node:fs',
    'validator/pages/h.ts imports validator/web/app.ts',
    'validator/queue/d.ts imports node:fs',
    'validator/scoring/e.ts imports sandbox/engine.ts',
    'validator/settle.ts imports validator/mirrors/keep.ts',
  ])
})

test('the library of the chain is loaded in one file, and there only when a chain is asked', () => {
  const using = listSources(ROOT).filter(file =>
    fs.readFileSync(path.join(ROOT, file), 'utf8').includes("'@polkadot/api"),
  )
  const source = fs.readFileSync(path.join(ROOT, using[0]!), 'utf8')
  const atStart = source.match(/^import (?!type )[^'"]*['"]@polkadot\/api[^'"]*['"]/gm)

  expect(using).toEqual(['validator/chain/subtensor.ts'])
  expect(atStart).toBeNull()
})

test('only what shows mirrors reads their table', () => {
  const readers = listSources(ROOT).filter(file =>
    /\bmirrors\b[^'"]*from ['"][^'"]*store\/schema\.ts|\b(from|join|into|update) mirrors\b/.test(
      fs.readFileSync(path.join(ROOT, file), 'utf8'),
    ),
  )

  expect(readers).toEqual(['validator/mirrors/keep.ts'])
})

function findViolations(root: string): string[] {
  return listSources(root).flatMap(file =>
    importsOf(root, file)
      .filter(({ target, typeOnly }) => !isAllowed(file, target, typeOnly))
      .map(({ target }) => `${file} imports ${target}`),
  )
}

function isAllowed(file: string, target: string, typeOnly: boolean): boolean {
  if (target === 'dockerode')
    return file === 'sandbox/docker.ts' || (typeOnly && /^sandbox\/docker-/.test(file))
  if (MIRRORS.test(target)) return MAY_SHOW_MIRRORS.test(file)
  const layer = LAYERS.find(({ files }) => files.test(file))!
  if (!OURS.test(target)) return layer.packages.test(target)
  return layer.ours.test(target) || (typeOnly && layer.types?.test(target) === true)
}

/** Imports of a file, ours as paths from the root. */
function importsOf(root: string, file: string): { target: string; typeOnly: boolean }[] {
  const source = fs.readFileSync(path.join(root, file), 'utf8')
  const statements = source.matchAll(
    /^(?:import|export)\s+(?:(?<names>[^'"]*?)\s*from\s+)?['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/gm,
  )
  return [...statements].map(({ groups }) => {
    const { names = '', from, dynamic } = groups!
    const target = (from ?? dynamic)!
    const inner = /^\{(.*)\}$/s.exec(names)?.[1]
    const typeOnly =
      names.startsWith('type ') ||
      inner?.split(',').every(name => name.trim() === '' || name.trim().startsWith('type ')) === true
    return { target: target.startsWith('.') ? path.join(path.dirname(file), target) : target, typeOnly }
  })
}

function listSources(root: string): string[] {
  return ['agent-runtime', 'task-bank', 'sandbox', 'validator', 'miner-template']
    .flatMap(folder =>
      fs
        .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .map(name => path.join(folder, name)),
    )
    .filter(file => /\.(ts|mjs)$/.test(file) && !file.startsWith('task-bank/tasks/'))
    .sort()
}
