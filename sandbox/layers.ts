import { createHash } from 'node:crypto'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import tar from 'tar-stream'
import type { Engine, Image } from './engine.ts'
import { SandboxError } from './errors.ts'
import type { Finding, Inspection } from './inspection.ts'
import type { KnownLayers } from './known-layers.ts'
import { withoutSlashes } from './slashes.ts'

/** A part of a hidden file in an image. */
export interface ImageFinding {
  readonly finding: Finding
  /** `removed`: a later layer takes the file away. `configuration`: a variable, a label, how the image was made. */
  readonly kind: 'file' | 'removed' | 'configuration'
}

interface Layer {
  /** Of its tar. */
  readonly digest: string
  readonly names: ReadonlySet<string>
  readonly findings: readonly Finding[]
}

/**
 * Searches every layer of some images, so also what a later one removes, and their configuration. Known layers are left
 * out.
 */
export async function searchImages(
  engine: Engine,
  images: readonly Image[],
  known: KnownLayers,
  inspection: Inspection,
): Promise<ImageFinding[]> {
  const configured: Finding[] = []
  const layers = new Map<string, Layer>()
  const stream = await engine.exportImages(images.map(image => image.id))
  for await (const { name, body } of entriesOf(stream)) {
    if (known.isNamed(name)) continue
    const { head, whole } = await peek(body)
    const form = formOf(head)
    if (form === 'other') configured.push(...(await inspectAll(whole, name, inspection)))
    else {
      const plain = form === 'gzip' ? whole.pipe(createGunzip()) : whole
      const layer = await readLayer(plain, inspection)
      layers.set(layer.digest, layer)
      known.learn(name, layer.digest)
    }
  }
  return [
    ...images.flatMap(image => findInLayers(image, layers, known)),
    ...configured.map(finding => ({ kind: 'configuration' as const, finding })),
  ]
}

function findInLayers(image: Image, layers: ReadonlyMap<string, Layer>, known: KnownLayers): ImageFinding[] {
  const own = image.layers
    .filter(digest => !known.has(digest))
    .map(digest => {
      const layer = layers.get(digest)
      if (layer === undefined)
        throw new SandboxError(
          'engine-failed',
          `Cannot search the image ${image.id}: its layer ${digest} is not in what the engine exports`,
        )
      return layer
    })
  return own.flatMap(({ findings }, index) =>
    findings.map(finding => {
      const file = finding.inside[0] ?? ''
      const removed = own.slice(index + 1).some(layer => replaces(layer.names, file))
      return { kind: removed ? ('removed' as const) : ('file' as const), finding }
    }),
  )
}

/** Whether a layer of these names takes a file of a lower one away: OCI image layer specification, "Whiteouts". */
function replaces(names: ReadonlySet<string>, file: string): boolean {
  if (names.has(file)) return true
  for (let at = file; at !== '.'; at = path.posix.dirname(at)) {
    const folder = path.posix.dirname(at)
    const inFolder = (name: string): string => (folder === '.' ? name : `${folder}/${name}`)
    if (names.has(inFolder(`.wh.${path.posix.basename(at)}`)) || names.has(inFolder('.wh..wh..opq')))
      return true
  }
  return false
}

async function readLayer(stream: Readable, inspection: Inspection): Promise<Layer> {
  const hash = createHash('sha256')
  const names = new Set<string>()
  const findings: Finding[] = []
  const hashed = stream.pipe(
    new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk)
        done(undefined, chunk)
      },
    }),
  )
  stream.on('error', error => hashed.destroy(error))
  for await (const { name, isFile, body } of entriesOf(hashed)) {
    names.add(name)
    if (isFile) findings.push(...(await inspectAll(body, name, inspection)))
  }
  return { digest: `sha256:${hash.digest('hex')}`, names, findings }
}

async function inspectAll(
  body: AsyncIterable<Buffer>,
  name: string,
  inspection: Inspection,
): Promise<Finding[]> {
  const inspected = inspection.open(name)
  for await (const chunk of body) inspected.add(chunk)
  return inspected.end()
}

async function* entriesOf(
  stream: Readable,
): AsyncGenerator<{ name: string; isFile: boolean; body: AsyncIterable<Buffer> }> {
  const extract = tar.extract()
  stream.on('error', error => extract.destroy(error))
  stream.pipe(extract)
  for await (const entry of extract) {
    const name = withoutSlashes(entry.header.name.replace(/^\.?\/+/, ''))
    const { type } = entry.header
    yield {
      name,
      isFile: type === 'file' || type === 'contiguous-file',
      body: entry as AsyncIterable<Buffer>,
    }
    entry.resume()
  }
}

/** The first bytes of a stream, and a stream of all of it. */
async function peek(body: AsyncIterable<Buffer>): Promise<{ head: Buffer; whole: Readable }> {
  const chunks = body[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 512) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield head
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  }
  return { head, whole: Readable.from(head.length === 0 ? [] : whole()) }
}

/** A layer is a tar, an empty one only zeros; some engines keep it compressed. */
function formOf(head: Buffer): 'tar' | 'gzip' | 'other' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head.toString('latin1', 257, 262) === 'ustar') return 'tar'
  return head.length >= 512 && head.every(byte => byte === 0) ? 'tar' : 'other'
}
