import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { arete } from '../support/arete.ts'
import { makeFolder } from '../support/folder.ts'

const TASKS = path.resolve(import.meta.dirname, '../../task-bank/tasks')
const DECLARATIONS = `window_blocks = 100
[environments.python-fixes]
netuid = "local"
weight = 1
runners = ["pytest"]
pool = "pools/python.json"
draw = 1
confirmation = 1
minimum = 2
[environments.features]
netuid = "local"
weight = 1
runners = ["node"]
pool = "pools/features.json"
draw = 1
confirmation = 1
minimum = 2
`
const hash = (digit: string): string => `0x${digit.repeat(64)}`

test('a pool is committed, drawn from, confirmed with, published and verified', async () => {
  const cwd = makeFolder({ 'environments.toml': DECLARATIONS })
  for (const name of ['formula-mass', 'kitchen-costs', 'parcel-quotes', 'timesheet-weeks'])
    fs.cpSync(path.join(TASKS, 'python-fixes', name), path.join(cwd, 'fresh/python-fixes', name), {
      recursive: true,
    })
  const run = async (line: string, exitCode: number) => {
    const result = await arete(['task', ...line.split(' ')], { cwd })
    expect(result, line).toMatchObject({ exitCode })
    return result
  }
  const commit = `pool commit fresh --env python-fixes --before 500 --environments environments.toml`

  await run(commit, 0)
  expect(fs.statSync(path.join(cwd, 'pools/python.secret.json')).mode & 0o777).toBe(0o600)
  expect((await run(commit, 2)).stderr).toContain('it exists, and a commitment stands')

  const draw = `draw --pool pools/python.json --env python-fixes --count 1 --out proof.json`
  expect((await run(`${draw} --window 5 --block-hash ${hash('a')}`, 1)).stderr).toContain(
    'window 6 is the first',
  )
  expect((await run(`${draw} --window 6 --block-hash ${hash('a')} --block 601`, 2)).stderr).toContain(
    'the pool settled 600, and nobody chooses afterwards',
  )
  expect((await run(`draw --pool pools/python.json --window 6 --block-hash ${hash('a')}`, 0)).stdout).toMatch(
    /^1 task would be drawn, by number: \d+$/,
  )
  const first = await run(`${draw} --window 6 --block-hash ${hash('a')} --block 600`, 0)
  expect(first.stdout).toContain('Drew 1 task with the hash of block 600')
  const again = await run(`${draw} --window 6 --block-hash ${hash('a')}`, 0)
  expect(again.stdout).toBe(first.stdout)
  expect((await run(`${draw} --window 6 --block-hash ${hash('b')}`, 1)).stderr).toContain(
    'it was made before, with the block hash 0xaa',
  )
  await run(
    `draw --pool pools/python.json --window 6 --block-hash ${hash('c')} --confirm ${'1'.repeat(64)} ${'2'.repeat(64)} --committed 590 --block 610 --out confirmation.json`,
    0,
  )

  const { root } = JSON.parse(fs.readFileSync(path.join(cwd, 'pools/python.json'), 'utf8')).commitment
  const held = await run(`draw --verify confirmation.json --root ${root}`, 0)
  expect(
    held.stdout
      .split('\n')
      .slice(1)
      .map(line => line.trim()),
  ).toEqual([
    `root ${root} was public before block 500`,
    `block 600 has the hash ${hash('a')}`,
    `block 610 has the hash ${hash('c')}`,
    `the later of the entries ${'1'.repeat(64)} and ${'2'.repeat(64)} was committed in block 590`,
  ])
  expect((await run(`draw --verify proof.json --root ${'0'.repeat(64)}`, 1)).stdout).toContain(
    `not ${'0'.repeat(64)}`,
  )
  const proof = fs.readFileSync(path.join(cwd, 'proof.json'), 'utf8')
  fs.writeFileSync(path.join(cwd, 'forged.json'), proof.replace(hash('a'), hash('b')))
  expect((await run('draw --verify forged.json', 1)).stdout).toContain('seed: is not that of block hash')

  const recorded = fs.readFileSync(path.join(cwd, 'pools/python.json'), 'utf8')
  const other = JSON.parse(recorded)
  other.draws[0].numbers = [
    [0, 1, 2, 3].find(
      number => !other.draws.some((one: { numbers: number[] }) => one.numbers.includes(number)),
    ),
  ]
  fs.writeFileSync(path.join(cwd, 'pools/python.json'), JSON.stringify(other))
  expect(
    (await run('pool publish --pool pools/python.json --window 6 --out practice/window-6', 2)).stderr,
  ).toContain('draw.json: tasks: the seed draws the numbers')
  expect(fs.existsSync(path.join(cwd, 'practice/window-6'))).toBe(false)
  fs.writeFileSync(path.join(cwd, 'pools/python.json'), recorded)
  const published = await run('pool publish --pool pools/python.json --window 6 --out practice/window-6', 0)
  expect(published.stdout).toContain('Published 2 tasks of window 6')
  expect(published.stderr).toContain('The pool of python-fixes runs low')
  await run(`draw --verify practice/window-6 --root ${root}`, 0)
  const states = JSON.parse((await run('pool status pools/python.json --json', 0)).stdout)
  expect(states).toMatchObject({ live: 0, retired: 2, warning: expect.stringContaining('runs low') })

  const confirmation = fs
    .readdirSync(path.join(cwd, 'practice/window-6'))
    .find(name => name.startsWith('conf'))!
  expect(confirmation).toBe('confirmation-111111111111-222222222222.json')
  fs.renameSync(path.join(cwd, 'practice/window-6/draw.json'), path.join(cwd, 'draw.json'))
  expect((await run('draw --verify practice/window-6', 1)).stdout).toContain(
    'there is no proof of the draw {"kind":"window","window":6,',
  )
  fs.renameSync(path.join(cwd, 'draw.json'), path.join(cwd, 'practice/window-6/draw.json'))
  expect((await run('list practice/window-6', 0)).stdout.split('\n')).toHaveLength(2)
  expect((await run('environments environments.toml', 0)).stdout.split('\n')).toEqual([
    'python-fixes  local   50.0 %     1 in a draw  1 window  pytest',
    'features      local   50.0 %     1 in a draw  no pool  node',
  ])

  const tasks = path.join(cwd, 'practice/window-6/python-fixes')
  fs.appendFileSync(path.join(tasks, fs.readdirSync(tasks)[0]!, 'instruction.md'), '\n')
  expect((await run('draw --verify practice/window-6', 1)).stdout).toMatch(
    /task \d+ was drawn, and is missing or changed\n +python-fixes\/.* was not drawn, or is changed/,
  )
  expect((await run(`${commit} --after pools/python.json --out next.json`, 2)).stderr).toContain(
    'Cannot commit tasks that were drawn from pools/python.json',
  )
})

test('a pool takes only certified tasks of its environment with a runner that it allows', async () => {
  const cwd = makeFolder({ 'environments.toml': DECLARATIONS })
  fs.cpSync(path.join(TASKS, 'features'), path.join(cwd, 'features'), { recursive: true })
  fs.cpSync(path.join(TASKS, 'python-fixes/parcel-quotes'), path.join(cwd, 'parcel-quotes'), {
    recursive: true,
  })
  fs.appendFileSync(path.join(cwd, 'features/copy-formulas/instruction.md'), '\n')

  const commit = [
    'task',
    'pool',
    'commit',
    'features',
    'parcel-quotes',
    '--before',
    '500',
    '--environments',
    'environments.toml',
  ]
  const refused = await arete([...commit, '--env', 'features'], { cwd })
  const unknown = await arete([...commit, '--env', 'other'], { cwd })

  expect(refused).toMatchObject({ exitCode: 2 })
  for (const line of [
    'Cannot put these into a pool of features:',
    'arete/board-groups: its runner is pytest, and the environment allows node',
    'arete/copy-formulas: it has no valid certificate: arete task check features/copy-formulas',
    'arete/parcel-quotes: it belongs to python-fixes',
  ])
    expect(refused.stderr).toContain(line)
  expect(unknown.stderr).toContain('environments.toml declares python-fixes, features')
})
