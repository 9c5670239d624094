import { matchPaths } from './glob.ts'
import { SECTIONS, type SectionFile } from './protected.ts'
import { restoreKeys } from './section-keys.ts'
import { restoreDirectives, restoreIni } from './section-lines.ts'

/** What counts of a changed file of which some sections belong to the tests. */
export type Sections =
  | { readonly kind: 'kept' }
  | { readonly kind: 'restored'; readonly content: string; readonly sections: readonly string[] }
  /** It cannot be told apart: the file as a whole stays as it was. */
  | { readonly kind: 'dropped' }

/** Larger ones nobody writes by hand; they would only cost time. */
const MAX_BYTES = 2 ** 20

/**
 * Puts those sections of a file that belong to the tests back to what they were, and leaves all else to the patch.
 *
 * @param original - undefined if the patch adds the file
 * @param patched - undefined if the patch deletes it
 */
export function restoreSections(
  name: string,
  original: Uint8Array | undefined,
  patched: Uint8Array | undefined,
): Sections {
  const file = findSectionFile(name, original === undefined)
  if (file === undefined) return { kind: 'kept' }
  if ((patched?.length ?? 0) > MAX_BYTES) return { kind: 'dropped' }
  try {
    const sections = restore(file, decode(original), decode(patched))
    return patched === undefined && sections.kind === 'restored' ? { kind: 'dropped' } : sections
  } catch {
    return { kind: 'dropped' }
  }
}

/** The row for a path, if it has such sections. */
export function findSectionFile(name: string, isAdded: boolean): SectionFile | undefined {
  return MATCHERS.find(({ fits, fitsAdded }) => (isAdded ? fitsAdded : fits)(name))?.file
}

const MATCHERS = SECTIONS.map(file => ({
  file,
  fits: matchPaths(file.files, 'iu'),
  fitsAdded: matchPaths(file.added ?? file.files, 'iu'),
}))

function restore(file: SectionFile, original: string, patched: string): Sections {
  switch (file.format) {
    case 'toml':
    case 'json':
    case 'jsonc':
      return restoreKeys(file, original, patched)
    case 'ini':
      return restoreIni(file, original, patched)
    case 'go.mod':
      return restoreDirectives(file, original, patched)
  }
}

function decode(content: Uint8Array | undefined): string {
  return content === undefined ? '' : new TextDecoder('utf-8', { fatal: true }).decode(content)
}
