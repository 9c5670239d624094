import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'

const Line = z.string().regex(/^[^\s\p{Cc}]+$/u, 'expected a name or address without blanks')
const Rules = z.record(Line, Line).default({})

/** The mapping file: where names of images, git repositories and package registries are to be had here. Unknown keys are errors. */
export const Mapping = z
  .strictObject({
    /** Image names; `*` stands for anything, and its match goes in the place of the `*` on the right. */
    images: Rules.superRefine(checkStars),
    /** Beginnings of git addresses. */
    git: Rules,
    /** Beginnings of addresses in apt's lists of sources. */
    apt: Rules,
    registries: z
      .strictObject({
        pip: Line.optional(),
        npm: Line.optional(),
        go: Line.optional(),
        /** A git repository with the index of crates. */
        cargo: Line.optional(),
        maven: Line.optional(),
        /** A proxy that programs of a build go through. */
        proxy: Line.optional(),
      })
      .default({}),
    build: z
      .strictObject({
        /** Network of builds; `host` lets them reach mirrors on this machine. */
        network: z.enum(['none', 'default', 'host']).optional(),
      })
      .default({}),
  })
  .readonly()
export type Mapping = z.infer<typeof Mapping>

/** Something that was taken from elsewhere than the task says. */
export const Replacement = z.object({
  kind: z.enum(['image', 'git', 'apt', 'registry']),
  from: z.string(),
  to: z.string(),
})
export type Replacement = z.infer<typeof Replacement>

export const NO_MAPPING: Mapping = Mapping.parse({})

/** A mapping file that cannot be used; each reason names line or key and what was expected. */
export class MappingError extends Error {
  constructor(file: string, reasons: readonly string[]) {
    super(`Cannot use the mapping file ${file}:\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
    this.name = 'MappingError'
  }
}

/** Reads the text of a mapping file. */
export function parseMapping(text: string, file: string): Mapping {
  let value: unknown
  try {
    value = parseToml(text)
  } catch (error) {
    throw new MappingError(file, [String((error as Error).message).split('\n')[0]!])
  }
  const parsed = Mapping.safeParse(value)
  if (parsed.success) return parsed.data
  throw new MappingError(
    file,
    parsed.error.issues.map(issue => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  )
}

/**
 * What an image is called here. Of the rules that fit the name as written, or in full (`docker.io/library/python:3`), an
 * exact one counts first, then that with the most characters besides `*`. Applied once: what comes out is not looked up
 * again. Ours (`arete/…`) and `scratch` are never replaced.
 */
export function mapImage(mapping: Mapping, name: string): string {
  if (name === 'scratch' || name.startsWith('arete/')) return name
  const full = fullName(name)
  const rules = Object.entries(mapping.images).toSorted(([one], [other]) => compareRules(one, other))
  for (const [pattern, target] of rules) {
    if (!pattern.includes('*') && fullName(pattern) === full) return target
    const captured = matchStars(pattern, name) ?? matchStars(pattern, full)
    if (captured !== undefined) return fillStars(target, captured)
  }
  return name
}

/** What an address is called here by rules of beginnings; the longest that fits counts, once. */
export function mapAddress(rules: Readonly<Record<string, string>>, address: string): string {
  const prefix = Object.keys(rules)
    .filter(from => address.startsWith(from))
    .toSorted((one, other) => other.length - one.length)[0]
  return prefix === undefined ? address : rules[prefix]! + address.slice(prefix.length)
}

/** Each once, in the order in which they came first. */
export function distinctReplacements(all: readonly Replacement[]): Replacement[] {
  return [...new Map(all.map(one => [JSON.stringify([one.kind, one.from, one.to]), one])).values()]
}

/** An image's name with registry, path and tag, as engines complete it. */
export function fullName(name: string): string {
  const slash = name.indexOf('/')
  const host = slash < 0 ? '' : name.slice(0, slash)
  const isHost = /[.:]/.test(host) || host === 'localhost'
  const rest = isHost ? name.slice(slash + 1) : name
  const library = !isHost && slash < 0 ? 'library/' : ''
  const tag = rest.includes('@') || rest.lastIndexOf(':') > rest.lastIndexOf('/') ? '' : ':latest'
  return `${isHost ? host : 'docker.io'}/${library}${rest}${tag}`
}

/** The line for a mapping file that would tell where an image is. */
export function suggestLine(name: string): string {
  return `${JSON.stringify(fullName(name))} = "<where you have it>"`
}

function compareRules(one: string, other: string): number {
  const weight = (pattern: string): number =>
    pattern.includes('*') ? pattern.replaceAll('*', '').length : Number.POSITIVE_INFINITY
  const [first, second] = [weight(one), weight(other)]
  if (first !== second) return second > first ? 1 : -1
  return one < other ? -1 : one > other ? 1 : 0
}

/** What each `*` stands for, from the left the shortest that lets the rest fit; undefined if the text does not fit. */
function matchStars(pattern: string, text: string): string[] | undefined {
  const [head = '', ...tails] = pattern.split('*')
  if (!text.startsWith(head)) return undefined
  if (tails.length === 0) return text === pattern ? [] : undefined
  const captured: string[] = []
  let at = head.length
  for (const [index, tail] of tails.entries()) {
    const isLast = index === tails.length - 1
    const found = isLast ? text.length - tail.length : text.indexOf(tail, at)
    if (found < at || !text.startsWith(tail, found)) return undefined
    captured.push(text.slice(at, found))
    at = found + tail.length
  }
  return captured
}

function fillStars(target: string, captured: readonly string[]): string {
  return target
    .split('*')
    .map((part, index) => (index === 0 ? part : (captured[index - 1] ?? '') + part))
    .join('')
}

function checkStars(rules: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  const stars = (text: string): number => text.split('*').length - 1
  for (const [pattern, target] of Object.entries(rules)) {
    if (stars(target) > stars(pattern))
      context.addIssue({
        code: 'custom',
        path: [pattern],
        message: `expected no more "*" than on the left, got "${target}"`,
      })
  }
}
