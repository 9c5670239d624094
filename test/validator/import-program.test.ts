import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { writeFiles } from '../support/task.ts'

const IMPORT = path.resolve(import.meta.dirname, '../../validator/import-program.mjs')
const ENTRY = 'validator/say.ts'
const SAY = "import { word } from '../sandbox/word.ts'\nconst said: string = word\nconsole.log(said)\n"

test('a program is compiled once, and anew when a source of it says something else', async () => {
  const root = makeFolder({ [ENTRY]: SAY, 'sandbox/word.ts': "export const word: string = 'one'\n" })

  const first = await start(root)
  const before = compiledIn(root)
  const again = await start(root)
  const between = compiledIn(root)
  writeFiles(root, { 'sandbox/word.ts': "export const word: string = 'two'\n" })
  const changed = await start(root)

  expect([first.stdout, again.stdout, changed.stdout]).toEqual(['one', 'one', 'two'])
  expect(between).toEqual(before)
  expect(compiledIn(root)).toHaveLength(2)
})

test('several that start at once on a fresh machine all get it, and leave one', async () => {
  const root = makeFolder({ [ENTRY]: SAY, 'sandbox/word.ts': "export const word: string = 'one'\n" })

  const all = await Promise.all(Array.from({ length: 3 }, () => start(root)))

  expect(all.map(({ stdout }) => stdout)).toEqual(['one', 'one', 'one'])
  expect(compiledIn(root)).toHaveLength(1)
})

test('a source finds what lies beside it, and an error says the line of the source', async () => {
  const root = makeFolder({
    [ENTRY]: `import fs from 'node:fs'
import path from 'node:path'

console.log(fs.readFileSync(path.join(import.meta.dirname, 'note.txt'), 'utf8'))
console.log(fs.readFileSync(new URL('note.txt', import.meta.url), 'utf8'))
class WordError extends Error {}
throw new WordError('no word')
`,
    'validator/note.txt': 'beside',
  })

  const { stdout, stderr, exitCode } = await start(root)

  expect(stdout).toBe('beside\nbeside')
  expect(stderr).toContain(`${path.join(root, ENTRY)}:7:`)
  expect(stderr).toContain('WordError: no word')
  expect(exitCode).toBe(1)
})

test('where nothing can be kept it runs all the same', async () => {
  const root = makeFolder({
    [ENTRY]: SAY,
    'sandbox/word.ts': "export const word: string = 'one'\n",
    'package.json': '{ "type": "module" }',
    'node_modules/.cache': 'a file',
  })

  expect(await start(root)).toMatchObject({ stdout: 'one', exitCode: 0 })
})

test('no more than eight states are kept, those that were used last', async () => {
  const root = makeFolder({ [ENTRY]: SAY, 'sandbox/word.ts': "export const word: string = 'one'\n" })
  const kept = path.join(root, 'node_modules/.cache/arete')
  for (let age = 1; age <= 8; age++) {
    fs.mkdirSync(path.join(kept, `old-${age}`), { recursive: true })
    fs.utimesSync(path.join(kept, `old-${age}`), 1000 - age, 1000 - age)
  }

  await start(root)
  const [first] = compiledIn(root).filter(name => !name.startsWith('old-'))
  fs.utimesSync(path.join(kept, first!), 1, 1)
  await start(root)
  writeFiles(root, { 'sandbox/word.ts': "export const word: string = 'two'\n" })
  await start(root)

  const names = compiledIn(root)
  expect(names).toHaveLength(8)
  expect(names).toContain(first)
  expect(names).toContain('old-6')
  expect(names).not.toContain('old-7')
})

async function start(root: string) {
  const program = `const { importProgram } = await import(${JSON.stringify(IMPORT)})\nawait importProgram(${JSON.stringify(ENTRY)}, ${JSON.stringify(root)})`
  return await execa('node', ['--input-type=module', '--eval', program], { cwd: root, reject: false })
}

function compiledIn(root: string): string[] {
  return fs.readdirSync(path.join(root, 'node_modules/.cache/arete'))
}
