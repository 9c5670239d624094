import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test, vi } from 'vitest'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import { ensureImage, findMissing, sayMissing } from '../../sandbox/image.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { makeFolder } from '../support/folder.ts'
import { openRegistry } from '../support/npm-registry.ts'
import { useBench } from '../support/surroundings.ts'
import { writeTask } from '../support/task.ts'

const bank = useBench()
afterEach(() => vi.unstubAllEnvs())

test('a task runs from mirrors: images have other names here, and the record says so', async () => {
  const { bench } = bank
  vi.stubEnv('ARETE_MAP', makeMap(`[images]\n"registry.example/*" = "arete/*"\n`))
  const dockerfile = `FROM registry.example/base:1 AS first\nFROM first\nCOPY --from=registry.example/base:1 /etc/hostname /h\nRUN test -e /h\nLABEL arete.test=${bench.run}\n`
  const folder = makeFolder({ Dockerfile: dockerfile })
  const options = { run: bench.run, seconds: 60, say: () => {} }

  const built = await ensureImage(bench.engine, { kind: 'build', folder }, options)
  const found = await ensureImage(
    bench.engine,
    { kind: 'reference', reference: 'registry.example/base:1' },
    options,
  )

  const replaced = [{ kind: 'image', from: 'registry.example/base:1', to: BASE_IMAGE }]
  expect(built.replaced).toEqual(replaced)
  expect(found).toMatchObject({ replaced, id: (await bench.engine.findImage(BASE_IMAGE))!.id })
})

test('packages come from a mirror during the build, and nothing of it stays', async () => {
  const { bench } = bank
  vi.stubEnv(
    'ARETE_MAP',
    makeMap(
      `[images]\n"registry.example/*" = "arete/*"\n[registries]\npip = "http://127.0.0.1:9/simple"\n[git]\n"https://git.example/" = "file:///usr/"\n`,
    ),
  )
  const folder = makeFolder({
    Dockerfile: `FROM registry.example/base:1\nRUN echo "$PIP_INDEX_URL" > /seen && git config --get-urlmatch url.insteadOf x; git config --list >> /seen\nRUN grep -q 127.0.0.1:9 /seen && grep -q insteadof=https://git.example/ /seen\nLABEL arete.test=${bench.run}\n`,
  })

  const image = await ensureImage(
    bench.engine,
    { kind: 'build', folder },
    { run: bench.run, seconds: 60, say: () => {} },
  )

  expect(image.env.join()).not.toContain('127.0.0.1')
  expect(image.replaced.map(({ kind }) => kind)).toEqual(['image', 'registry', 'git'])
})

test('a build installs packages from the registry of the map, and from no other', {
  timeout: 120_000,
}, async () => {
  const { bench } = bank
  await using registry = await openRegistry('arete-nowhere-else', 'module.exports = "from here"\n')
  vi.stubEnv(
    'ARETE_MAP',
    makeMap(
      `[images]\n"registry.example/*" = "arete/*"\n[registries]\nnpm = "${registry.address}"\n[build]\nnetwork = "host"\n`,
    ),
  )
  const folder = makeFolder({
    Dockerfile: [
      'FROM registry.example/base:1',
      'COPY npm /opt/npm',
      'WORKDIR /app',
      'RUN node /opt/npm/bin/npm-cli.js install --no-audit --no-fund --no-update-notifier arete-nowhere-else',
      `RUN test "$(node -p 'require("arete-nowhere-else")')" = "from here" && rm -rf /opt/npm`,
      `LABEL arete.test=${bench.run}`,
    ].join('\n'),
  })
  const { stdout } = await execa('npm', ['root', '--global'])
  fs.cpSync(path.join(stdout, 'npm'), path.join(folder, 'npm'), {
    recursive: true,
    filter: name => !/npm\/(docs|man)$/.test(name),
  })

  const image = await ensureImage(
    bench.engine,
    { kind: 'build', folder },
    { run: bench.run, seconds: 100, say: () => {} },
  )

  expect(registry.asked).toEqual(['/arete-nowhere-else', '/arete-nowhere-else.tgz'])
  expect(image.replaced).toContainEqual({ kind: 'registry', from: 'npm', to: registry.address })
  expect(image.env.join()).not.toContain('127.0.0.1')
})

test('all images that cannot be had are told at once, with the lines that would help', async () => {
  const { bench } = bank
  vi.stubEnv('ARETE_OFFLINE', '1')
  vi.stubEnv('ARETE_MAP', makeMap(''))
  const tasks = ['one', 'two'].map(name => {
    const folder = bench.write({})
    writeTask(folder, { name }, bench.run)
    const dockerfile = `FROM registry.example/${name}:1\nCOPY --from=registry.example/tools /x /x\n`
    fs.writeFileSync(`${folder}/environment/Dockerfile`, dockerfile)
    return loadHarborTask(folder, {})
  })

  const missing = await findMissing(bench.engine, tasks)

  expect(missing.map(({ name, tasks: [...names] }) => [name, names.length])).toEqual([
    ['registry.example/one:1', 1],
    ['registry.example/tools', 2],
    ['registry.example/two:1', 1],
  ])
  expect(sayMissing(missing)).toContain('\n[images]\n"registry.example/one:1" = "<where you have it>"\n')
  await expect(
    ensureImage(bench.engine, tasks[0]!.image, { run: bench.run, seconds: 60, say: () => {} }),
  ).rejects.toMatchObject({ code: 'image-missing', message: expect.stringContaining('--offline') })
})

function makeMap(text: string): string {
  return `${makeFolder({ 'map.toml': text })}/map.toml`
}
