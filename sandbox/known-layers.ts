import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { cacheFolder } from './cache.ts'

const Names = z.record(z.string(), z.string())

/**
 * Layers that need no search, since they are older than any task. What they are called in an export is learned from the first
 * one: engines name a layer by what it holds, but not all by the digest of its tar.
 */
export class KnownLayers {
  readonly #digests: ReadonlySet<string>
  readonly #file: string
  readonly #names: Record<string, string>

  constructor(digests: Iterable<string>) {
    this.#digests = new Set(digests)
    this.#file = path.join(cacheFolder(), 'layers.json')
    this.#names = readNames(this.#file)
  }

  has(digest: string): boolean {
    return this.#digests.has(digest)
  }

  isNamed(name: string): boolean {
    return this.has(this.#names[name] ?? '')
  }

  learn(name: string, digest: string): void {
    if (!this.has(digest) || this.isNamed(name)) return
    this.#names[name] = digest
    fs.writeFileSync(`${this.#file}.${process.pid}`, JSON.stringify(this.#names))
    fs.renameSync(`${this.#file}.${process.pid}`, this.#file)
  }
}

function readNames(file: string): Record<string, string> {
  try {
    return Names.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}
