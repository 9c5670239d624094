import { isOwn } from '../task-bank/task.ts'
import { BASE_IMAGE } from './base.ts'
import { searchSandbox } from './exposed.ts'
import { listGiven, listHidden } from './hidden.ts'
import { type Finding, Inspection } from './inspection.ts'
import { KnownLayers } from './known-layers.ts'
import { type ImageFinding, searchImages } from './layers.ts'
import type { PreparedTask } from './prepare.ts'
import type { Slot } from './slot.ts'
import { RUNTIME } from './spec.ts'

/**
 * A part of the hidden tests or of the reference that stands where it must not. `given`: the repository that an agent gets has
 * the whole test. `sandbox`: in a mount or a process. The others are in the image; `removed`: a later layer takes the file
 * away, so only who has the image can read it.
 */
export type Leak =
  | { readonly kind: 'given'; readonly hidden: { readonly file: string } }
  | {
      readonly kind: 'sandbox' | ImageFinding['kind']
      /** A file, then what it lies in within it. */
      readonly where: readonly string[]
      readonly hidden: { readonly file: string; readonly firstLine: number; readonly lastLine: number }
      readonly excerpt: string
    }

/** The leaks of a task, one line each. */
export async function findLeaks(slot: Slot, prepared: PreparedTask): Promise<string[]> {
  return (await listLeaks(slot, prepared)).map(describeLeak)
}

/**
 * Looks for parts of the hidden tests and of the reference in every layer and the configuration of a task's image, and in
 * all else that can be read in a sandbox before an agent runs there, but for what is of the base image or our runtime.
 */
export async function listLeaks(slot: Slot, prepared: PreparedTask): Promise<Leak[]> {
  const inspection = new Inspection(listHidden(prepared.task), listGiven(prepared))
  const known = new KnownLayers((await slot.engine.findImage(BASE_IMAGE))?.layers ?? [])
  const [inImage, inSandbox] = await Promise.all([
    searchImages(slot.engine, [prepared.image], known, inspection),
    searchFresh(slot, prepared, inspection),
  ])
  return [
    ...listGivenTests(prepared, inspection),
    ...inImage.map(({ kind, finding }) => leakOf(kind, finding)),
    ...inSandbox.map(finding => leakOf('sandbox', finding)),
  ]
}

/**
 * A test that shall fail at first hides nothing if everybody has it; one that passes may well be a visible one. Of a file that
 * stands in the repository too, as it was before, it is enough if anything is new.
 */
function listGivenTests({ task: { verifier }, repository }: PreparedTask, inspection: Inspection): Leak[] {
  if (!isOwn(verifier.runner)) return []
  const { expected, tests } = verifier.runner
  const hidden = new Map([...(tests.names ?? [])].map(([from, to]) => [to, from]))
  const fileOf = (name: string): string => `tests/${hidden.get(name) ?? name}`
  const names = [...new Set(expected.failToPass.map(id => id.split('::')[0]!))]
  const failing = new Set(names.map(fileOf))
  const blind = new Set(inspection.blind())
  const older = tests.root === '/tests' ? [] : names.filter(name => repository?.paths.has(name))
  const renewed = new Set(older.map(fileOf).filter(file => !blind.has(file)))
  return inspection
    .given()
    .filter(file => failing.has(file) && !renewed.has(file))
    .map(file => ({ kind: 'given', hidden: { file } }))
}

async function searchFresh(slot: Slot, prepared: PreparedTask, inspection: Inspection): Promise<Finding[]> {
  const sandbox = await slot.take(prepared)
  try {
    // Like the layers of the base image, our runtime is older than any task.
    return await searchSandbox(sandbox, prepared, inspection, () => {}, [RUNTIME])
  } finally {
    slot.discard(sandbox)
  }
}

function leakOf(
  kind: 'sandbox' | ImageFinding['kind'],
  { inside, file, firstLine, lastLine, excerpt }: Finding,
): Leak {
  const where = kind === 'file' || kind === 'removed' ? [`/${inside[0]}`, ...inside.slice(1)] : inside
  return { kind, where, hidden: { file, firstLine, lastLine }, excerpt }
}

/** One line for a person. */
export function describeLeak(leak: Leak): string {
  switch (leak.kind) {
    case 'given':
      return `the repository: all of ${leak.hidden.file}`
    case 'configuration':
      return `the image's configuration: ${describePart(leak)}`
    case 'removed':
      return `${leak.where.join(' › ')} (removed by a later layer): ${describePart(leak)}`
    case 'file':
    case 'sandbox':
      return `${leak.where.join(' › ')}: ${describePart(leak)}`
  }
}

function describePart({ hidden, excerpt }: Exclude<Leak, { kind: 'given' }>): string {
  const { file, firstLine, lastLine } = hidden
  const lines = firstLine === lastLine ? `line ${firstLine}` : `lines ${firstLine}-${lastLine}`
  return `${file} ${lines} (${JSON.stringify(excerpt)})`
}
