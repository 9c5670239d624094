import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Runs hidden tests with the vitest of the image and reports on file descriptor 3. Arguments: folder of the tests, folder of
 * the repository, then the test files, relative to the first. Each file runs in a process of its own, which has not the
 * descriptor; the repository's configuration is not read. For each file it writes a JSON line with `file`, `code` and
 * `bytes`, followed by so many bytes: lines of JSON again.
 */
const RESULTS = 3
const HERE = import.meta.dirname
const GLOBAL = ['/usr/local/lib', '/usr/lib']
const [tests, repository, ...files] = process.argv.slice(2)
const require = createRequire(path.join(repository, 'package.json'))
const entry = require.resolve('vitest/node', { paths: [repository, ...GLOBAL] })
const { createVitest } = await import(pathToFileURL(entry).href)

const vitest = await createVitest(
  'test',
  {
    config: false,
    watch: false,
    root: repository,
    dir: tests,
    include: files.map(file => path.join(tests, file)),
    pool: 'forks',
    isolate: true,
    fileParallelism: false,
    cache: false,
    setupFiles: [path.join(HERE, 'vitest_observe.mjs')],
    reporters: ['default', { onTestModuleEnd: report }],
    allowOnly: true,
    passWithNoTests: true,
  },
  {
    cacheDir: path.join(process.env.TMPDIR ?? '/tmp', 'vite'),
    resolve: { alias: [{ find: /^vitest$/, replacement: path.join(path.dirname(entry), 'index.js') }] },
    server: { fs: { strict: false } },
  },
)
await vitest.start()
await vitest.close()
process.exit(0)

/** What one file's process had to say. */
function report(module) {
  const file = path.relative(tests, module.moduleId)
  const lines = []
  let count = 0
  for (const test of module.children.allTests()) {
    count += 1
    const id = `${file}::${test.fullName}`
    const { state, errors } = test.result()
    for (const { site, value } of test.meta().arete ?? []) lines.push({ kind: 'observed', id, site, value })
    lines.push({
      kind: 'test',
      id,
      status: { passed: 'passed', failed: 'failed' }[state] ?? 'skipped',
      seconds: Math.round(test.diagnostic()?.duration ?? 0) / 1000,
      message: messageOf(errors),
    })
  }
  const errors = module.errors()
  if (errors.length > 0) {
    count += 1
    lines.push({ kind: 'test', id: file, status: 'error', seconds: 0, message: messageOf(errors) })
  }
  const code = module.ok() ? 0 : 1
  lines.push({ kind: 'end', count, code })
  const said = Buffer.from(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  send(Buffer.concat([Buffer.from(`${JSON.stringify({ file, code, bytes: said.length })}\n`), said]))
}

function messageOf(errors) {
  const text = (errors ?? []).map(error => String(error.stack ?? error.message ?? error)).join('\n')
  return text.length <= 4000 ? text : `${text.slice(0, 2000)}\n[…]\n${text.slice(-2000)}`
}

function send(data) {
  for (let offset = 0; offset < data.length; ) offset += fs.writeSync(RESULTS, data, offset)
}
