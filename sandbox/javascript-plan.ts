import type { Canonical } from './canonical.ts'
import type { Node } from './javascript-syntax.ts'
import type { Site } from './observation.ts'

/** What becomes of one assertion. */
export type Plan =
  | { readonly kind: 'observe'; readonly parts: readonly Part[] }
  /** A call of our runtime in place of the assertion. */
  | { readonly kind: 'call'; readonly method: 'raises' | 'rejects' | 'resolves'; readonly part: Part }
  /** The assertion stays, and what its function throws is observed as well. */
  | {
      readonly kind: 'wrap'
      readonly method: 'raising' | 'rejecting'
      readonly part: Part
      readonly reason: string
    }
  | { readonly kind: 'soft'; readonly reason: string }

/** The expression to be observed, and what is expected of it. */
export interface Part {
  readonly subject: Node
  readonly site: SiteDraft
  /** Property of the subject that is observed in place of it. */
  readonly property?: string
}

export type SiteDraft = Omit<Site, 'line' | 'language' | 'varies'>

export function soft(reason: string): Plan {
  return { kind: 'soft', reason }
}

export function observe(subject: Node, site: SiteDraft): Plan {
  return { kind: 'observe', parts: [{ subject, site }] }
}

export function draft(op: Site['op'], differs: Partial<SiteDraft> = {}): SiteDraft {
  return { op, expected: null, message: null, flags: '', places: null, equality: 'strict', ...differs }
}

/** `eq` or `ne`, as `is` and `isnot` for the few values that are always seen as what they are. */
export function comparison(
  isSame: boolean,
  expected: Canonical,
  equality: SiteDraft['equality'] = 'strict',
): SiteDraft {
  const isSingleton = ['none', 'undefined', 'bool'].includes(expected[0])
  if (!isSame && isSingleton && (equality !== 'loose' || expected[0] !== 'bool'))
    return draft('isnot', { expected, equality })
  return draft(isSame ? 'eq' : 'ne', { expected, equality })
}

export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, character => `\\${character}`).replace(/\\-/g, '-')
}
