import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { linkReceipt, type Receipt } from '../../../validator/receipts/receipt.ts'
import { checkReceiptFiles, holdsReceipts } from '../../../validator/receipts/receipt-files.ts'
import { readRecordSettings } from '../../../validator/store/records.ts'
import { makeFolder } from '../../support/folder.ts'
import { signerNamed } from '../../support/miner.ts'
import { bodyOf } from '../../support/receipt.ts'

async function chainOf(count: number, name = 'validator'): Promise<Receipt[]> {
  const chain: Receipt[] = []
  for (let index = 0; index < count; index++)
    chain.push(await linkReceipt(await signerNamed(name), bodyOf(`${index}`), chain.at(-1)))
  return chain
}

function write(folder: string, name: string, text: string): string {
  const file = path.join(folder, name)
  fs.writeFileSync(file, text)
  return file
}

test('receipts are read alone, as a list, one a line, and out of a folder', async () => {
  const folder = makeFolder({})
  const chain = await chainOf(3)
  const lines = chain.map(receipt => JSON.stringify(receipt)).join('\n')
  const places = [
    write(folder, 'list.json', JSON.stringify(chain)),
    write(folder, 'lines.jsonl', `${lines}\n`),
    folder,
  ]

  for (const place of places) {
    expect(holdsReceipts(place)).toBe(true)
    const { receipts, mistakes } = await checkReceiptFiles(place)
    expect(mistakes).toEqual([])
    expect(new Set(receipts.map(({ sequence }) => sequence))).toEqual(new Set([1, 2, 3]))
  }
})

test('what is wrong is said with the file', async () => {
  const folder = makeFolder({})
  const [one, two, three] = await chainOf(3)
  const forged = { ...two!, body: { ...two!.body, detail: 'forged' } }
  const bad = write(folder, 'bad.json', '{')
  const gap = write(folder, 'gap.json', JSON.stringify([one, three]))
  const changed = write(folder, 'changed.json', JSON.stringify([one, forged, three]))
  const [other] = await chainOf(1, 'somebody else')
  const mixed = write(folder, 'mixed.json', JSON.stringify([one, { ...other }]))

  expect((await checkReceiptFiles(bad)).mistakes[0]).toMatch(/bad\.json: expected JSON/)
  expect((await checkReceiptFiles(gap)).mistakes).toEqual(['receipts 2 to 2 are missing'])
  expect((await checkReceiptFiles(changed)).mistakes[0]).toMatch(
    /receipt 2: digest: it is not that of its content/,
  )
  expect((await checkReceiptFiles(mixed)).mistakes[0]).toMatch(/receipt 1: signer/)
  expect((await checkReceiptFiles(gap, other!.signer)).mistakes).toHaveLength(3)
})

test('a folder of an attempt is no folder of receipts', () => {
  const folder = makeFolder({})
  write(folder, 'verdict.json', '{}')

  expect(holdsReceipts(folder)).toBe(false)
  expect(holdsReceipts(path.join(folder, 'nothing'))).toBe(false)
})

test('where records are is read from the environment, or all that is wrong is said, without secrets', () => {
  expect(readRecordSettings({ ARETE_DATA: '/d' })).toEqual({
    data: '/d',
    databaseUrl: undefined,
    blobs: { kind: 'disk', folder: '/d/blobs' },
  })
  const found = readRecordSettings({
    DATABASE_URL: 'mysql://secret@host/db',
    ARETE_S3_BUCKET: 'b',
    ARETE_S3_ENDPOINT: 'nonsense',
  })
  expect(JSON.stringify(found)).not.toMatch(/secret/)
  expect(found).toMatchObject({
    mistakes: [expect.stringMatching(/^DATABASE_URL/), expect.stringMatching(/^ARETE_S3_ENDPOINT/)],
  })
  expect(readRecordSettings({ ARETE_S3_BUCKET: 'b' })).toMatchObject({
    mistakes: [
      expect.stringMatching(/^ARETE_S3_ENDPOINT: missing/),
      expect.stringMatching(/^ARETE_S3_ACCESS_KEY_ID/),
      expect.stringMatching(/^ARETE_S3_SECRET_ACCESS_KEY/),
    ],
  })
})
