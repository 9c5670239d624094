import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Environments, type Native, parseEnvironments, sharesOf } from '../../task-bank/environments.ts'
import { loadTasks } from '../../task-bank/load.ts'

const FOLDER = path.resolve(import.meta.dirname, '../../task-bank')
const bundled = parse(fs.readFileSync(path.join(FOLDER, 'environments.toml'), 'utf8'))

const ONE = `window_blocks = 100
[environments.fixes]
netuid = 62
weight = 1
runners = ["pytest"]
pool = "pools/fixes.json"
draw = 20
confirmation = 40
minimum = 60
`

test('every bundled task belongs to a declared environment and has a runner that it allows', () => {
  const tasks = loadTasks([path.join(FOLDER, 'tasks')], {})

  const strange = tasks.filter(
    ({ environment, verifier }) => !nativeOf(bundled, environment)?.runners.includes(verifier.runner.kind),
  )

  expect(strange.map(({ name, environment }) => `${name} of ${environment}`)).toEqual([])
})

test('every bundled environment has as many tasks as its minimum', () => {
  const tasks = loadTasks([path.join(FOLDER, 'tasks')], {})

  for (const id of Object.keys(bundled.environments))
    expect(tasks.filter(({ environment }) => environment === id).length).toBeGreaterThanOrEqual(
      nativeOf(bundled, id)!.minimum,
    )
})

test('an environment is read as it stands', () => {
  expect(parse(ONE)).toEqual({
    window_blocks: 100,
    delta: 20,
    environments: {
      fixes: {
        protocol: 'native',
        about: '',
        netuid: 62,
        weight: 1,
        runners: ['pytest'],
        pool: 'pools/fixes.json',
        draw: 20,
        confirmation: 40,
        minimum: 60,
      },
    },
  })
})

describe('a mistake is named with its key', () => {
  test.each([
    ['window_blocks = 100', 'window_blocks = 0', /^window_blocks: /],
    ['window_blocks = 100', 'window_blocks = 100\ndelta = 19', /^delta: expected 20 blocks or more$/],
    ['[environments.fixes]', '[environments.Fixes]', /^environments\.Fixes: /],
    ['netuid = 62', 'netuid = "global"', /^environments\.fixes\.netuid: expected a netuid or "local"$/],
    ['weight = 1', 'weight = 0', /^environments\.fixes\.weight: /],
    ['"pytest"', '"pytesd"', /^environments\.fixes\.runners\.0: /],
    ['"pytest"', '', /^environments\.fixes\.runners: /],
    ['draw = 20', '', /^environments\.fixes\.draw: /],
    ['draw = 20', 'draws = 20', /^environments\.fixes\.draw: /],
    [
      'minimum = 60',
      'minimum = 59',
      /^environments\.fixes\.minimum: expected draw \+ confirmation or more, that is 60$/,
    ],
    ['draw = 20', 'draw = ', /^line 7, column \d+: /],
  ])('%s → %s', (before, after, mistake) => {
    const parsed = parseEnvironments(ONE.replace(before, after))

    expect('mistakes' in parsed && parsed.mistakes[0]).toMatch(mistake)
  })
})

test('subnets weigh the same, and environments by their weights within', () => {
  const other = (id: string, netuid: string, weight: number): string =>
    ONE.slice(ONE.indexOf('['))
      .replace('fixes', id)
      .replace('62', netuid)
      .replace('weight = 1', `weight = ${weight}`)

  const shares = sharesOf(parse(`${ONE}${other('more', '62', 3)}${other('ours', '"local"', 9)}`))

  expect([...shares]).toEqual([
    ['fixes', 0.125],
    ['more', 0.375],
    ['ours', 0.5],
  ])
})

function parse(text: string): Environments {
  const parsed = parseEnvironments(text)
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('\n'))
  return parsed.environments
}

function nativeOf({ environments }: Environments, id: string): Native | undefined {
  const found = environments[id]
  return found?.protocol === 'native' ? found : undefined
}

const FOREIGN = `window_blocks = 100
[environments.swe]
protocol = "affinetes"
netuid = 120
weight = 1
image = "team/swe@sha256:${'ab'.repeat(32)}"
tasks = [0, 500]
score = [-1, 1]
draw = 20
confirmation = 40
`

test('an environment of affinetes is declared by the digest of its image', () => {
  const { environments } = parse(FOREIGN)

  expect(environments.swe).toMatchObject({
    protocol: 'affinetes',
    method: 'evaluate',
    port: 8000,
    network: [],
    env: [],
  })
})

test.each([
  [
    `@sha256:${'ab'.repeat(32)}`,
    ':latest',
    /^environments.swe.image: expected a digest: name@sha256:…, not a tag$/,
  ],
  ['[0, 500]', '[0, 59]', /^environments.swe.tasks: expected as many ids as draw \+ confirmation or more$/],
  ['[0, 500]', '[9, 9]', /^environments.swe.tasks: expected the first id below the last$/],
  ['[-1, 1]', '[1, 1]', /^environments.swe.score: expected the lowest score below the highest$/],
  ['[-1, 1]', '[-1, inf]', /^environments.swe.score.1: /],
  ['draw = 20', 'draw = 20\ncontrols = { oracle = { score = 2 } }', /^environments.swe.controls: /],
  [
    '"affinetes"',
    '"openenv"',
    /^environments.swe(.protocol)?: expected the protocol "native" or "affinetes"$/,
  ],
])('a mistake in it is named: %s → %s', (from, to, reason) => {
  const parsed = parseEnvironments(FOREIGN.replace(from, to))

  expect('mistakes' in parsed && parsed.mistakes).toContainEqual(expect.stringMatching(reason))
})
