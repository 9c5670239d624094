import fs from 'node:fs'
import path from 'node:path'
import { checkChain, checkReceipt, Receipt } from './receipt.ts'

/** What some files of receipts come to. */
export interface CheckedReceipts {
  readonly receipts: readonly Receipt[]
  readonly mistakes: readonly string[]
}

const MOST_FILES = 100_000

/** Whether a path is of receipts rather than of an attempt of a local run. */
export function holdsReceipts(place: string): boolean {
  const stat = fs.statSync(place, { throwIfNoEntry: false })
  if (stat === undefined) return false
  return stat.isFile() ? /\.jsonl?$/.test(place) : !fs.existsSync(path.join(place, 'verdict.json'))
}

/**
 * Reads receipts and checks them without asking anybody: each by itself, and how they follow each other. A file is one receipt, a list
 * of them, or one a line; of a folder each file whose name ends in `.json` or `.jsonl`.
 *
 * @param signer - who must have signed; anybody, but the same for all, if undefined
 */
export async function checkReceiptFiles(place: string, signer?: string): Promise<CheckedReceipts> {
  const read = listFiles(place).flatMap(file => readValues(file).map(value => ({ file, ...value })))
  return await checkReceipts(place, read, signer)
}

/** The same for receipts that were read from somewhere; `file` says where each was. */
export async function checkReceipts(
  place: string,
  read: readonly ({ readonly file: string } & Read)[],
  signer?: string,
): Promise<CheckedReceipts> {
  const mistakes: string[] = []
  const receipts: Receipt[] = []
  for (const one of read) {
    const wrong = 'mistake' in one ? [one.mistake] : await checkReceipt(one.value)
    mistakes.push(...wrong.map(mistake => `${one.file}: ${mistake}`))
    if (wrong.length === 0 && 'value' in one) receipts.push(Receipt.parse(one.value))
  }
  if (read.length === 0) mistakes.push(`${place}: there is no receipt in it`)
  const wanted = signer ?? receipts[0]?.signer
  for (const receipt of receipts)
    if (receipt.signer !== wanted)
      mistakes.push(`receipt ${receipt.sequence}: signer: it is ${receipt.signer}, not ${wanted}`)
  return { receipts, mistakes: [...mistakes, ...checkChain(receipts)] }
}

function listFiles(place: string): string[] {
  if (!fs.statSync(place).isDirectory()) return [place]
  return fs
    .readdirSync(place)
    .filter(name => /\.jsonl?$/.test(name))
    .sort()
    .slice(0, MOST_FILES)
    .map(name => path.join(place, name))
}

type Read = { readonly value: unknown } | { readonly mistake: string }

function readValues(file: string): Read[] {
  const text = fs.readFileSync(file, 'utf8')
  const lines = file.endsWith('.jsonl') ? text.split('\n').filter(line => line.trim() !== '') : [text]
  return lines.flatMap((line): Read[] => {
    try {
      const value: unknown = JSON.parse(line)
      return Array.isArray(value) ? value.map(one => ({ value: one })) : [{ value }]
    } catch (error) {
      return [{ mistake: `expected JSON: ${(error as Error).message}` }]
    }
  })
}
