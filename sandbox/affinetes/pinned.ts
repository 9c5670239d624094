import type { Engine, Image } from '../engine.ts'
import { SandboxError } from '../errors.ts'
import { ensureImage } from '../image.ts'

/**
 * The image of an environment, exactly the one that was declared: `name@sha256:…` of a registry, or `sha256:…`, the id of one that the
 * engine has. A name with a tag is no declaration, for what it names can change between two calls.
 *
 * @throws SandboxError with code `image-missing`, also if what came is another one
 */
export async function ensurePinned(
  engine: Engine,
  reference: string,
  options: { readonly run: string; readonly seconds: number; readonly say: (line: string) => void },
): Promise<Image> {
  const digest = digestOf(reference)
  if (digest === undefined)
    throw new SandboxError(
      'task-unusable',
      `Cannot use the image ${reference}: its digest is needed, as name@sha256:…, for a tag may name another one tomorrow`,
    )
  if (reference === digest) {
    const found = await engine.findImage(reference)
    if (found?.id !== digest)
      throw new SandboxError(
        'image-missing',
        `Cannot find the image ${digest}: the engine has none with this id`,
      )
    return found
  }
  const image = await ensureImage(engine, { kind: 'reference', reference }, options)
  if (image.id !== digest && !image.digests.some(name => name.endsWith(`@${digest}`)))
    throw new SandboxError(
      'image-missing',
      `Cannot use the image ${reference}: what is here under this name is ${image.digests.join(', ') || image.id}`,
    )
  return image
}

/** The digest that a reference is pinned by, `sha256:` and hex; undefined if it is not. */
export function digestOf(reference: string): string | undefined {
  return /^(?:[a-z0-9][a-z0-9._:/-]*@)?(sha256:[0-9a-f]{64})$/.exec(reference)?.[1]
}
