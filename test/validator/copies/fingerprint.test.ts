import { expect, test } from 'vitest'
import { compare } from '../../../validator/copies/compare.ts'
import { Fingerprint, fingerprintAgent, without } from '../../../validator/copies/fingerprint.ts'
import { MOST_HASHES } from '../../../validator/copies/limits.ts'
import { HASHES, overlapOf, sketchOf } from '../../../validator/copies/sketch.ts'
import { randomOf } from '../../../validator/scoring/random.ts'
import { listAgents, templateOf } from '../../support/programs.ts'

const [agent] = listAgents()

test('a fingerprint is JSON that its schema knows, and the same for files in another order', async () => {
  const print = await fingerprintAgent(agent!.files)

  expect(Fingerprint.parse(JSON.parse(JSON.stringify(print)))).toEqual(print)
  expect(await fingerprintAgent(agent!.files.toReversed())).toEqual(print)
})

test('names, literals, comments, layout and order of functions do not change the normalised hash', async () => {
  const one = await print(
    'a.ts',
    'export const add = (a, b) => a + b * 2 // sum\nfunction tell(x) { return say(x.name, "hello", [1, 2], x) }',
  )
  const other = await print(
    'b.ts',
    'function zeig(y) {\n\n  return say(y.name, "adieu", [3, 4], y)\n}\nexport const plus = (q, r) =>\n q + r * 7',
  )

  expect(other.normal).toBe(one.normal)
  expect(
    (await print('a.ts', 'function tell(x) { return say(x.name, say("hello"), [1, 2], x) }')).normal,
  ).not.toBe(one.normal)
})

test('TypeScript with and without its types is the same', async () => {
  const typed =
    'interface A { b: string }\nexport async function go<T>(this: A, x: T[], y?: A): Promise<void> {\n  for (const one of x as string[]) await run(y!.b, one satisfies string, [x.length], { one })\n}'
  const bare =
    'export async function go(x, y) {\n  for (const one of x) await run(y.b, one, [x.length], { one })\n}'

  expect((await print('a.js', bare)).grams).toEqual((await print('a.ts', typed)).grams)
})

test('without() takes out what is common, and of a template nothing is left', async () => {
  const template = await fingerprintAgent(templateOf('typescript'))
  const whole = await fingerprintAgent(agent!.files)

  expect(without(template, [template])).toMatchObject({ grams: { hashes: [] }, prompts: { hashes: [] } })
  expect(without(whole, [template]).grams.hashes.length).toBeLessThan(whole.grams.hashes.length)
  // Two who hand in nothing but the template are no copies of each other.
  expect(compare(template, template, [template])).toMatchObject({ sameCode: false, jaccard: 0, prompts: 0 })
})

test('prompts are known in base64, split, and in another layout', async () => {
  const text = 'You repair the program of a stranger, carefully, and say what you did in one short sentence'
  const plain = await print('a.py', `PROMPT = """${text}"""`)
  const disguised = [
    `PROMPT = b64decode("${Buffer.from(text).toString('base64')}")`,
    `PROMPT = ${text
      .match(/.{1,9}/g)!
      .map(part => `"${part}"`)
      .join(' + ')}`,
    `PROMPT = "${text.toUpperCase().replaceAll(' ', '  ')}"`,
  ]

  expect(plain.prompts.hashes.length).toBeGreaterThan(10)
  for (const source of disguised) expect((await print('a.py', source)).prompts).toEqual(plain.prompts)
})

test('code of other languages is compared by its lines', async () => {
  const go = 'func add(a int, b int) int {\n\tlog.Printf("adding %d", a)\n\treturn a + b\n}\n'
  const one = await print('a.go', go)

  expect(one.pieces.hashes.length).toBeGreaterThan(0)
  expect((await print('b.go', `// other\n${go}`)).pieces.hashes).toEqual(
    expect.arrayContaining(one.pieces.hashes),
  )
})

test('what is too large for the parser is read as plain text, and said to be', async () => {
  const deep = await print('a.js', `${'['.repeat(2000)}${']'.repeat(2000)}`)

  expect(deep.counts.clipped).toBe(1)
})

test('a sketch is bounded, and two sketches of different size are compared where both are complete', () => {
  const random = randomOf(7)
  const many = Array.from({ length: 40_000 }, () => Math.floor(random() * HASHES))
  const [large, small] = [sketchOf(many), sketchOf(many.slice(0, 10_000))]

  const { shared, one, other } = overlapOf(large, small)

  expect(large.hashes).toHaveLength(MOST_HASHES)
  expect(one).toBe(MOST_HASHES)
  expect(shared).toBe(other)
  expect(shared / one).toBeCloseTo(0.25, 1.5)
})

async function print(path: string, text: string): Promise<Fingerprint> {
  return await fingerprintAgent([{ path, text }])
}
