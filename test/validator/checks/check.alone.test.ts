import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { setUp } from '../../../sandbox/setup.ts'
import { type Certificate, isCertified } from '../../../task-bank/certificate.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { type CheckProgress, checkTask } from '../../../validator/checks/check.ts'
import { openNeighbours } from '../../../validator/checks/neighbours.ts'
import { isProven, prove } from '../../../validator/checks/proof.ts'
import { useBench } from '../../support/surroundings.ts'
import { type TaskDraft, writeTask } from '../../support/task.ts'

const held = useBench()
const GIT = 'git -c user.name=n -c user.email=a@b -c gc.auto=0'
const KEY = `gh${'p_'}${'q7Zk2Lw9Xb4Tn8Rv3Jm6Hd1Fs5Gp0YcAa1Zk'}`

const BROKEN = 'def fits(weight, limit):\n    return weight < limit\n\n\ndef price(weight):\n    return 4\n'
const FIXED = BROKEN.replace('<', '<=').replace('return 4', 'return 4 if weight <= 3 else 9')
const AT_THE_LIMIT = `from parcels import fits


def test_fits_at_the_limit():
    assert fits(3, 3) is True
`
const GOOD: TaskDraft = {
  verifierSeconds: 300,
  agentSeconds: 120,
  name: 'good',
  repository: {
    'parcels.py': BROKEN,
    LICENSE: 'Permission is hereby granted, free of charge, to any person obtaining a copy',
  },
  solution: `cat > parcels.py <<'END'\n${FIXED}END\n`,
  instruction: 'A parcel that weighs as much as may be does not fit, and heavy ones cost too little.\n',
  tests: {
    'test_parcels.py': `${AT_THE_LIMIT.replace('fits\n', 'fits, price\n')}

def test_fits_beyond_the_limit():
    assert fits(4, 3) is False
    assert fits(2, 3) is True


def test_prices():
    assert price(3) == 4
    assert price(2) == 4
    assert price(4) == 9
`,
  },
  failToPass: ['test_parcels.py::test_fits_at_the_limit', 'test_parcels.py::test_prices'],
  passToPass: ['test_parcels.py::test_fits_beyond_the_limit'],
}
const WEAK: TaskDraft = {
  ...GOOD,
  name: 'weak',
  repository: { 'parcels.py': BROKEN, 'settings.py': `TOKEN = "${KEY}"\n` },
  solution: `cat > parcels.py <<'END'\n${FIXED.replaceAll('weight <= 3', 'is_light(weight)')}\n\ndef is_light(weight):\n    return weight <= 3\nEND\n`,
  instruction: `Parcels do not fit; write is_light() in parcels.py. Ask with ${KEY.replace('q7', 'r8')}.\n`,
  tests: { 'test_parcels.py': AT_THE_LIMIT },
  failToPass: ['test_parcels.py::test_fits_at_the_limit'],
  passToPass: [],
  dockerfile: [
    `RUN git init -q && git add . && ${GIT} commit -qm one && ${GIT} commit -qm 'Add test_fits_at_the_limit' --allow-empty && git reset -q --hard HEAD~ && chown -R agent:agent /app`,
  ],
}

test('a good task gets a certificate with digests, versions and counts', async () => {
  const { folder, result, progress } = await checked(GOOD)
  const { image, taskDigest, lift, tools, date, versions, budget, testSeconds, mutants, ...counts } =
    result.certificate

  expect(result).toMatchObject({ good: true, reasons: [], warnings: [], survivors: [] })
  expect(counts).toEqual({
    format: 3,
    task: 'tests/good',
    rounds: 1,
    nopUnsolved: 1,
    oracleSolved: 1,
    busy: { rounds: 1, nopUnsolved: 1, oracleSolved: 1 },
    tests: 3,
    level: 'observed',
    licence: 'MIT',
    leaks: [],
  })
  expect(mutants!.tried).toBeGreaterThanOrEqual(4)
  expect(mutants!.killed).toBe(mutants!.tried)
  expect(versions).toEqual({
    arete: expect.stringMatching(/^\d+\.\d+/),
    engine: expect.stringMatching(/^\d/),
    runner: expect.stringMatching(/^pytest \d/),
    python: expect.stringMatching(/^3\.\d+/),
    node: '24.21.0',
  })
  expect(budget!.seconds.most).toBeGreaterThanOrEqual(budget!.seconds.median)
  expect(budget!.memoryMegabytes.most).toBeGreaterThan(1)
  expect(budget!.proposed.timeoutSeconds).toBeGreaterThan(budget!.seconds.most)
  expect([taskDigest, lift]).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ])
  expect([image, tools, date]).toEqual([
    expect.stringMatching(/^sha256:/),
    held.bench.runtimeVolume,
    expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  ])
  expect(isCertified(loadHarborTask(folder, {}))).toBe(true)
  expect(JSON.parse(fs.readFileSync(path.join(folder, 'certificate.json'), 'utf8'))).toEqual(
    result.certificate,
  )
  expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total)
  expect(await held.bench.engine.listLabelled('arete.role=neighbour')).not.toContainEqual(
    expect.objectContaining({ labels: expect.objectContaining({ 'arete.run': held.bench.run }) }),
  )
}, 600_000)

test('everything that speaks against a task is said at once', async () => {
  const { folder, result } = await checked(WEAK)

  expect(result.good).toBe(false)
  expect(result.reasons.map(reason => reason.replace(/only \d+ of \d+/, 'only N of M'))).toEqual([
    'the statement says "is_light", which only the reference brings in and no hidden test needs',
    'the history in the image has the name of the hidden test "test_fits_at_the_limit": it knows the future',
    'instruction.md line 1 looks like a token of GitHub (ghp_r8…): take it out',
    'only N of M wrong fixes are found wrong: the hidden tests ask for too little; add a test for each that is listed',
  ])
  expect(result.warnings).toEqual([
    'the statement names parcels.py, which the reference changes',
    'environment/repository/settings.py line 1 looks like a token of GitHub (ghp_q7…): take it out',
    'nothing says under which licence its repository may be used: add a file LICENSE to it',
  ])
  const { tried, killed } = result.certificate.mutants!
  expect(result.survivors).toHaveLength(tried - killed)
  expect(result.survivors[0]!.diff).toMatch(/^parcels\.py:\d+\n-/)
  expect(fs.existsSync(path.join(folder, 'certificate.json'))).toBe(false)
}, 600_000)

test('where a machine is judged, the reference is run without one of its commands at a time', async () => {
  const reward =
    'grep -q done /app/out && echo 1 > /logs/verifier/reward.txt || echo 0 > /logs/verifier/reward.txt'
  const { result } = await checked({
    name: 'machine',
    mode: 'snapshot',
    user: '',
    verifierSeconds: 300,
    agentSeconds: 120,
    runner: 'script',
    tests: { 'test.sh': `${reward}\n` },
    solution: 'echo done > /app/out\ntouch /app/more\n',
  })

  expect(result).toMatchObject({
    reasons: [],
    certificate: { level: 'reward', mutants: { possible: 2, tried: 2, killed: 1 } },
  })
  expect(result.survivors.map(({ diff }) => diff)).toEqual(['solution/solve.sh:2\n-touch /app/more'])
  expect(result.certificate.budget?.runs).toBe(3)
}, 600_000)

test('a certificate from elsewhere is proven once more with the image that was built here', async () => {
  const { bench } = held
  const surroundings = await setUp(() => {})
  const { folder, result } = await checked(GOOD, true)
  const elsewhere: Certificate = { ...result.certificate, image: 'sha256:elsewhere' }
  fs.writeFileSync(path.join(folder, 'certificate.json'), JSON.stringify(elsewhere))
  const task = loadHarborTask(folder, {})
  const prepared = { ...(await bench.prepare(GOOD)), task }
  const pulled = { ...prepared, task: { ...task, image: { kind: 'reference' as const, reference: 'x' } } }

  const before = isProven(prepared)
  await prove(surroundings, pulled, bench.run)
  const afterPulled = isProven(pulled)
  await prove(surroundings, prepared, bench.run)

  expect(result.certificate).toMatchObject({ busy: null, mutants: null, budget: null })
  expect([before, afterPulled, isProven(prepared)]).toEqual([false, false, true])
  expect(isProven({ ...prepared, image: { ...prepared.image, id: 'sha256:other' } })).toBe(false)
}, 600_000)

test('neighbours keep a machine busy and are gone afterwards', async () => {
  const { bench } = held
  const surroundings = await setUp(() => {})
  const run = `${bench.run}-neighbours`
  const listed = async (): Promise<number> => (await bench.engine.listLabelled(`arete.run=${run}`)).length

  const neighbours = await openNeighbours(surroundings, run)
  const during = await listed()
  await neighbours[Symbol.asyncDispose]()

  expect(during).toBe(3)
  expect(await listed()).toBe(0)
})

async function checked(draft: TaskDraft, quick = false) {
  const { bench } = held
  const folder = bench.write({})
  writeTask(folder, draft, bench.run)
  const progress: CheckProgress[] = []
  const result = await checkTask(await setUp(() => {}), loadHarborTask(folder, {}), {
    run: bench.run,
    rounds: 1,
    quick,
    onProgress: one => progress.push(one),
  })
  return { folder, result, progress }
}
