import path from 'node:path'
import { expect, test } from 'vitest'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import { searchSandbox } from '../../sandbox/exposed.ts'
import { listGiven, listHidden } from '../../sandbox/hidden.ts'
import { Inspection } from '../../sandbox/inspection.ts'
import { KnownLayers } from '../../sandbox/known-layers.ts'
import { searchImages } from '../../sandbox/layers.ts'
import { describeLeak, findLeaks, listLeaks } from '../../sandbox/leaks.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import { RUNTIME } from '../../sandbox/spec.ts'
import { loadTasks } from '../../task-bank/load.ts'
import { useBench } from '../support/surroundings.ts'
import type { TaskDraft } from '../support/task.ts'

const held = useBench()
const BANK = path.resolve(import.meta.dirname, '../../task-bank/tasks')

const SECRET = `import pytest

from sums import add


def test_the_total_of_an_order_with_two_rebates():
    order = {"rebates": [("summer sale", 10), ("loyal customer", 5)]}
    assert add(order["rebates"][0][1], order["rebates"][1][1]) == 15


def test_a_rebate_is_never_negative():
    assert add(12, -12) == 0, "a rebate that takes all leaves nothing"
`

/** The bytes appear only in the file: a Dockerfile's own text is part of the image's configuration. */
const write = (content: string, file: string): string =>
  `mkdir -p ${path.dirname(file)} && echo ${Buffer.from(content).toString('base64')} | base64 -d > ${file}`
const plant = (file: string): string => write(SECRET, file)

const GIT = 'git -c user.name=n -c user.email=a@b -c gc.auto=0'

const draft: TaskDraft = {
  tests: { 'test_order.py': SECRET },
  solution: 'cp /solution/sums.py sums.py\n',
  failToPass: ['test_order.py::test_a_rebate_is_never_negative'],
  passToPass: [],
}

test('every place of an image where a part of a hidden file can lie is looked at', async () => {
  const { bench } = held
  const leaking = await bench.prepare({
    ...draft,
    repository: { 'sums.py': '', '.gitignore': 'cache/\n' },
    dockerfile: [
      `RUN ${plant('/usr/lib/python3/dist-packages/orders/test_order.py')}`,
      `RUN ${plant('/opt/removed/test_order.py')} && ${plant('/opt/replaced.py')}`,
      `RUN rm -r /opt/removed && echo > /opt/replaced.py`,
      `RUN ${plant('/opt/part')} && sed -n 6,8p /opt/part > /opt/function.txt && rm /opt/part`,
      `RUN ${plant('/opt/x')} && gzip < /opt/x > /opt/notes && tar -czf /opt/package.tgz -C /opt x && rm /opt/x`,
      `RUN cd /tmp && ${plant('/tmp/w/test_order.py')} && python3 -c "import shutil; shutil.make_archive('/opt/a', 'zip', '/tmp/w')" && mv /opt/a.zip /opt/orders.whl && rm -r /tmp/w`,
      `RUN ${plant('/opt/c/test_order.py')} && python3 -m compileall -q -b /opt/c && rm /opt/c/test_order.py`,
      `RUN git init -q && git add . && ${GIT} commit -qm one && ${plant('test_order.py')} && git add . && ${GIT} commit -qm two && git reset -q --hard HEAD~`,
      `RUN git clone -q --no-local /app /opt/clone && cd /opt/clone && ${plant('test_order.py')} && git add . && ${GIT} commit -qm two && git repack -adq && git reset -q --hard HEAD~`,
      `RUN ${plant('/app/cache/test_order.py')} && chown -R agent:agent /app`,
      `ENV HINT=${JSON.stringify(SECRET.split('\n').slice(10, 12).join(' '))}`,
    ],
  })

  const leaks = await listLeaks(bench.slot, leaking)

  const places = leaks.map(leak =>
    leak.kind === 'given' || leak.kind === 'configuration'
      ? leak.kind
      : `${leak.kind} ${leak.where.join(' › ')}`,
  )
  const shown = places.map(place =>
    place
      .replace(/[0-9a-f]{2}\/[0-9a-f]{38}/, '<object>')
      .replace(/pack-[0-9a-f]{40}/, '<pack>')
      .replace(/at \d+/, 'at <offset>')
      .replace(/\/proc\/\d+/, '/proc/<pid>'),
  )
  expect([...new Set(shown)].toSorted()).toMatchInlineSnapshot(`
    [
      "configuration",
      "file /app/.git/objects/<object> › inflated",
      "file /app/cache/test_order.py",
      "file /opt/c/test_order.pyc",
      "file /opt/clone/.git/objects/pack/<pack>.pack › object at <offset>",
      "file /opt/function.txt",
      "file /opt/notes › unzipped",
      "file /opt/orders.whl › test_order.py",
      "file /opt/package.tgz › unzipped",
      "file /usr/lib/python3/dist-packages/orders/test_order.py",
      "removed /app/.git/objects/<object> › inflated",
      "removed /opt/removed/test_order.py",
      "removed /opt/replaced.py",
      "sandbox /app/cache/test_order.py",
      "sandbox /proc/<pid>/environ",
    ]
  `)
  expect(leaks.map(describeLeak)).toContain(
    '/opt/function.txt: tests/test_order.py lines 6-8 ("def test_the_total_of_an_order_with_two_rebates():")',
  )
})

test('what a test shares with visible ones is no leak', async () => {
  const { bench } = held
  const visible = SECRET.replace('two_rebates', 'no_rebate')
    .replace(/ {4}order = .*\n.*\n/, '    assert add(0, 0) == 0\n')
    .replace(/def test_a_rebate[\s\S]*/, '')
  const honest = await bench.prepare({
    ...draft,
    repository: { 'sums.py': '', 'tests/test_visible.py': visible },
    dockerfile: [
      `RUN git init -q && git add . && ${GIT} commit -qm one && chown -R agent:agent /app`,
      `RUN ${write(visible.replaceAll('add', 'plus'), '/usr/lib/python3/dist-packages/orders/test_sums.py')}`,
      'RUN python3 -m compileall -q /usr/lib/python3/dist-packages/orders',
      `RUN ${write('import pytest\n\nfrom sums import add\n\n\ndef test_x():\n    assert add(1, 1) == 2\n', '/opt/test_x.py')} && gzip /opt/test_x.py`,
    ],
  })

  expect(await findLeaks(bench.slot, honest)).toEqual([])
})

test('a hidden test that the repository has already is a leak', async () => {
  const { bench } = held
  const open = await bench.prepare({ ...draft, repository: { 'sums.py': '', 'tests/test_order.py': SECRET } })

  expect(await findLeaks(bench.slot, open)).toEqual(['the repository: all of tests/test_order.py'])
})

test('of a hidden file that the repository has as it was before, it is enough if a test is new', {
  timeout: 180_000,
}, async () => {
  const { bench } = held
  const before = `${SECRET}${SECRET.replaceAll('rebate', 'bonus').repeat(12)}`
  const file = 'tests/test_order.py'
  const after = `${before}\n\ndef test_a_gift_adds_nothing_to_the_total():\n    assert add(12, 0) == 12, "gifts are free"\n`
  const place = {
    ...draft,
    place: 'repository' as const,
    failToPass: [`${file}::test_a_gift_adds_nothing_to_the_total`],
  }
  const renewed = { ...place, repository: { 'sums.py': '', [file]: before }, tests: { [file]: after } }
  const known = { ...place, repository: { 'sums.py': '', [file]: after }, tests: { [file]: after } }

  expect(await findLeaks(bench.slot, await bench.prepare(renewed))).toEqual([])
  expect(await findLeaks(bench.slot, await bench.prepare(known))).toEqual([
    `the repository: all of tests/${file}`,
  ])
})

test('nothing of any bundled task can be read in the image of any other, nor in a sandbox of each environment', async () => {
  const { bench } = held
  const prepared: PreparedTask[] = []
  const tasks = loadTasks([BANK], {})
  const prepareAll = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift())
      prepared.push(await prepareTask(bench.engine, task, { run: bench.run, say: () => {} }))
  }
  await Promise.all([prepareAll(), prepareAll(), prepareAll()])
  const inspection = new Inspection(
    prepared.flatMap(({ task }) =>
      listHidden(task).map(text => ({ ...text, file: `${task.name} ${text.file}` })),
    ),
    prepared.flatMap(listGiven),
  )
  const known = new KnownLayers((await bench.engine.findImage(BASE_IMAGE))!.layers)
  const images = prepared.map(({ image }) => image)

  expect(await searchImages(bench.engine, images, known, inspection)).toEqual([])
  // Of its own sandbox each task is certified; for all others one of a kind says as much.
  const kinds = new Map(prepared.map(one => [one.task.environment, one]))
  for (const [index, one] of [...kinds.values()].entries()) {
    const files: string[] = []
    await using sandbox = await bench.slot.take(one)
    // It is the same in all.
    const skip = index === 0 ? [] : [RUNTIME]
    expect(await searchSandbox(sandbox, one, inspection, file => files.push(file), skip)).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining([
        ...(one.repository === undefined ? [] : ['/app/.git/HEAD']),
        ...(index === 0 ? ['/opt/arete/bin/node.bin'] : []),
        '/proc/1/environ',
      ]),
    )
  }
}, 600_000)
