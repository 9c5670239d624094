import { expect, test } from 'vitest'
import type { AgentFile } from '../../../validator/copies/files.ts'
import { fingerprintAgent } from '../../../validator/copies/fingerprint.ts'

const MEGABYTE = 2 ** 20
const CODE = ['js', 'py', 'ts'] as const

// Bounded by counts of work; the times here only tell work that is bounded from work that is not, on a busy machine too.
const HOSTILE: Readonly<Record<string, () => AgentFile[]>> = {
  'open brackets': () => CODE.map(kind => ({ path: `a.${kind}`, text: '['.repeat(5 * MEGABYTE) })),
  'nested brackets': () => many(() => `${'['.repeat(MEGABYTE / 2)}${']'.repeat(MEGABYTE / 2)}`),
  'one huge literal': () => [{ path: 'a.js', text: `x = "${'lorem ipsum '.repeat((16 * MEGABYTE) / 12)}"` }],
  'encoded literals': () => [{ path: 'a.py', text: `x = "${'QUJD'.repeat(4 * MEGABYTE)}"` }],
  'a million tiny functions': () =>
    many((kind, file) =>
      numbers(62_500, at => (kind === 'py' ? `def f${file}_${at}(): 0\n` : `f=()=>g(${at});`)),
    ),
  'what no grammar knows': () =>
    many((_, file) =>
      numbers(MEGABYTE, at => String.fromCharCode(33 + ((at * 7919 + (at >> 3) * 31 + file) % 94))),
    ),
  'tags without end': () => many(() => '<a '.repeat(MEGABYTE / 3)),
  'calls without end': () => many(() => 'f('.repeat(MEGABYTE / 2)),
  'indents without end': () => many(() => numbers(1400, at => `${' '.repeat(at)}if x:\n`)),
  'empty lines': () => [{ path: 'a', text: '\n'.repeat(16 * MEGABYTE) }],
  quotes: () => [{ path: 'a', text: '"'.repeat(16 * MEGABYTE) }],
  'half characters': () => [{ path: 'a.js', text: `x = "${'\ud800'.repeat(MEGABYTE)}"` }],
}

test.each(Object.keys(HOSTILE))(
  '16 MiB of %s take bounded time and leave a bounded fingerprint',
  async name => {
    const files = HOSTILE[name]!()

    const started = performance.now()
    const print = await fingerprintAgent(files)

    expect(performance.now() - started).toBeLessThan(120_000)
    expect(JSON.stringify(print).length).toBeLessThan(350_000)
  },
  150_000,
)

function many(render: (kind: (typeof CODE)[number], file: number) => string): AgentFile[] {
  return Array.from({ length: 16 }, (_, file) => {
    const kind = CODE[file % CODE.length]!
    return { path: `${file}.${kind}`, text: render(kind, file).slice(0, MEGABYTE) }
  })
}

function numbers(count: number, render: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => render(at)).join('')
}
