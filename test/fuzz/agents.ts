import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { AgentManifest } from '../../agent-runtime/manifest.ts'
import { AgentError, loadAgent } from '../../sandbox/agent.ts'
import { anyJson, anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const MANIFESTS = [
  '{"name":"a","version":"1","language":"python","entry":"agent.py"}',
  '{"name":"a","version":"1","language":"command","entry":"lib/run.sh","models":["m"]}',
]
const ENTRIES = [
  '"agent.py"',
  '"."',
  '"lib"',
  '"./lib/../agent.py"',
  '"link.py"',
  '"loop"',
  '"folder/inner.py"',
  '"agent.py/"',
  '"a\\u0000"',
  `"${'x'.repeat(300)}"`,
  '"\\u001b[2J"',
  '"typescript"',
]

interface FolderCase {
  readonly manifest: string
  readonly oddity: 'none' | 'folder' | 'link' | 'missing' | 'odd name'
}

/** An agent's folder in Python or for a shell: an agent with its entry in it, or an `AgentError`. */
export const agentFolder = target<FolderCase>({
  name: 'agent-folder',
  short: 100,
  cases: fc.record({
    manifest: fc.oneof(
      { weight: 6, arbitrary: mutated(MANIFESTS, ENTRIES) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(...ENTRIES).map(entry => MANIFESTS[0]!.replace('"agent.py"', entry)),
      },
      { weight: 1, arbitrary: anyText },
      { weight: 1, arbitrary: anyJson.map(value => JSON.stringify(value)) },
    ),
    oddity: fc.oneof(
      { weight: 12, arbitrary: fc.constant('none' as const) },
      { weight: 1, arbitrary: fc.constantFrom('folder', 'link', 'missing', 'odd name') },
    ),
  }),
  async check({ manifest, oddity }, scratch) {
    // What is bundled is compiled, which is another's work and takes its time.
    const text = manifest.replaceAll(/typescript|javascript/g, 'python')
    const folder = path.join(scratch, 'agent')
    makeFolder(folder, scratch)
    const file = path.join(folder, 'agent.json')
    fs.rmSync(file, { recursive: true, force: true })
    const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])])
    fs.rmSync(odd, { force: true })
    if (oddity === 'odd name') fs.writeFileSync(odd, 'x')
    if (oddity === 'none' || oddity === 'odd name') fs.writeFileSync(file, text)
    else if (oddity === 'folder') fs.mkdirSync(file)
    else if (oddity === 'link') fs.symlinkSync('agent.json', file)

    try {
      const agent = await loadAgent(folder)
      must(agent.kind === 'program', 'It is no program')
      must(
        agent.files.entries.some(entry => entry.path === agent.entry && entry.mode === 0o755),
        'The entry is not among its files',
        agent.entry,
        agent.files.entries,
      )
      must(!Buffer.from(agent.files.body).includes('OUTSIDE'), 'Something from outside comes with it')
      must(
        !/\p{Cc}/u.test(agent.manifest.version),
        'The version has control characters',
        agent.manifest.version,
      )
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
    }
  },
})

/** `agent.json` as data. */
export const agentManifest = target<unknown>({
  name: 'agent-manifest',
  short: 500,
  cases: fc.oneof(
    anyJson,
    fc.record({
      name: fc.oneof(fc.constant('a'), anyText),
      version: fc.oneof(fc.constant('1'), anyText),
      language: fc.constantFrom('python', 'command', 'typescript', 'x'),
      entry: fc.oneof(fc.constantFrom('a.py', '../a', '/a', 'a/../b', '..\\a'), anyText),
    }),
  ),
  check(value) {
    const parsed = AgentManifest.safeParse(value)
    if (!parsed.success) {
      must(parsed.error.issues.length > 0, 'It is refused without a reason')
      return
    }
    const { name, version, entry } = parsed.data
    must(/^[\w.-]{1,64}$/.test(name) && !name.startsWith('.'), 'The name is no plain one', name)
    must(!/\p{Cc}/u.test(`${version}${entry}`), 'A text has control characters', version, entry)
    must(`${path.join('/root', entry)}/`.startsWith('/root/'), 'The entry leads outside', entry)
  },
})

function makeFolder(folder: string, scratch: string): void {
  if (fs.existsSync(folder)) return
  fs.writeFileSync(path.join(scratch, 'outside.py'), 'OUTSIDE')
  for (const name of ['agent.py', 'lib/run.sh', 'a/b.py']) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), 'x\n')
  }
  fs.symlinkSync('../outside.py', path.join(folder, 'link.py'))
  fs.symlinkSync('..', path.join(folder, 'folder'))
  fs.symlinkSync('loop', path.join(folder, 'loop'))
}
