import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkChain,
  checkReceipt,
  FIRST,
  linkReceipt,
  type Receipt,
} from '../../../validator/receipts/receipt.ts'
import { storable } from '../../../validator/worker/left.ts'
import { signerNamed } from '../../support/miner.ts'
import { bodyOf } from '../../support/receipt.ts'

async function chainOf(count: number): Promise<Receipt[]> {
  const signer = await signerNamed('validator')
  const chain: Receipt[] = []
  for (let index = 0; index < count; index++)
    chain.push(await linkReceipt(signer, bodyOf(String(index)), chain.at(-1)))
  return chain
}

test('a receipt is good as it was signed, also after it went through JSON with its keys in another order', async () => {
  const [receipt] = await chainOf(1)
  const turned = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(receipt))).reverse())

  expect(receipt).toMatchObject({ sequence: 1, previous: FIRST })
  expect(await checkReceipt(turned)).toEqual([])
})

/** Every place in a value where something other than an object stands, as a list of keys. */
function leavesOf(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]))
}

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = changed(copy[key], rest, to)
  return copy
}

test('every field of a receipt that is changed is found', async () => {
  const [receipt] = await chainOf(1)
  const leaves = leavesOf(receipt)
  expect(leaves.length).toBeGreaterThan(50)

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...leaves),
      fc.oneof(
        fc.string(),
        fc.double({ noNaN: true }),
        fc.integer(),
        fc.constant(null),
        fc.constant('0'.repeat(64)),
      ),
      async (place, value) => {
        const before = place.reduce<unknown>((one, key) => (one as Record<string, unknown>)[key], receipt)
        fc.pre(before !== value)
        expect(await checkReceipt(changed(receipt, place, value))).not.toEqual([])
      },
    ),
    { numRuns: 400 },
  )
  // Without chance: each field, by the smallest change that keeps its form.
  for (const place of leaves) {
    const before = place.reduce<unknown>((one, key) => (one as Record<string, unknown>)[key], receipt)
    const other =
      typeof before === 'number'
        ? before + 1
        : typeof before === 'string'
          ? before.replace(/.$/, last => (last === '0' ? '1' : '0'))
          : 'x'
    expect(await checkReceipt(changed(receipt, place, other)), place.join('.')).not.toEqual([])
  }
})

test('fields that are added or left out are found', async () => {
  const [receipt] = await chainOf(1)
  const { firstLook: _, ...shorter } = receipt!.body as ReturnType<typeof bodyOf>

  expect(await checkReceipt({ ...receipt, body: { ...receipt!.body, more: 1 } })).not.toEqual([])
  expect(await checkReceipt({ ...receipt, body: shorter })).not.toEqual([])
  for (const odd of [undefined, null, 1, 'x', [], {}]) expect(await checkReceipt(odd)).not.toEqual([])
})

test('whoever signs it anew is not the one who signed it', async () => {
  const [receipt] = await chainOf(1)
  const other = await signerNamed('somebody else')
  const forged = await linkReceipt(other, { ...bodyOf('0'), verdict: 'unsolved' }, undefined)

  expect(await checkReceipt({ ...forged, signer: receipt!.signer })).not.toEqual([])
})

test('a chain is whole, or what is wrong with it is said', async () => {
  const chain = await chainOf(5)
  const [one, two, three, four, five] = chain as [Receipt, Receipt, Receipt, Receipt, Receipt]
  const other = await linkReceipt(await signerNamed('validator'), bodyOf('other'), two)

  expect(checkChain([five, three, one, two, four])).toEqual([])
  expect(checkChain([three, four])).toEqual([])
  expect(checkChain([one, two, four])).toEqual(['receipts 3 to 3 are missing'])
  expect(checkChain([one, two, three, other])).toEqual([
    'receipt 3: there are two of this place, so that the chain forks',
  ])
  expect(checkChain([one, two, other, four])).toEqual([
    'receipt 4: previous: it is not the digest of receipt 3',
  ])
})

test('what agents say can be kept: no zero bytes, no halves of characters', () => {
  const odd = { 'k\0': ['a\0b', '\ud800', '\ud83d\ude00', 1, null] }

  expect(storable(odd)).toEqual({ 'k\ufffd': ['a\ufffdb', '\ufffd', '\ud83d\ude00', 1, null] })
})
