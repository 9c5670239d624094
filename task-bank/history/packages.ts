import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'

/** Packages that a repository's tests need beyond what the base image has, as its own files name them. */
export type Needs =
  | { readonly kind: 'python'; readonly requirements: readonly string[] }
  | {
      readonly kind: 'node'
      readonly packages: Readonly<Record<string, string>>
      readonly lock: string | undefined
    }

/** Text of a file of the repository; undefined if there is none. */
export type ReadText = (path: string) => string | undefined

const REQUIREMENTS = [
  'requirements.txt',
  'requirements-test.txt',
  'requirements-tests.txt',
  'test-requirements.txt',
  'requirements_test.txt',
  'requirements/test.txt',
  'requirements/tests.txt',
  'tests/requirements.txt',
  'pyproject.toml',
  'setup.cfg',
]
const GROUPS = ['test', 'tests', 'testing']

/** What pip would be asked for. Options, links and paths in these files are left out: they are a stranger's. */
export function pythonNeeds(read: ReadText, files: readonly string[] = REQUIREMENTS): string[] {
  const found = files.flatMap(file => {
    const text = read(file)
    if (text === undefined) return []
    if (file.endsWith('.toml')) return fromPyproject(text)
    return file.endsWith('.cfg') ? fromSetupCfg(text) : fromRequirements(file, text, read, new Set([file]))
  })
  return [...new Set(found)].sort()
}

const MAX_REQUIREMENT = 300
const REQUIREMENT =
  /^[A-Za-z0-9][\w.-]*(?:\s*\[[\w.,\s-]*\])?\s*(?:(?:\(\s*)?(?:(?:[<>]=?|[!~]=|={1,3}) ?[\w.*+-]+(?:![\w.*+-]+)?(?: ?,)? ?)+\)?)?(?:\s*;[^#]*)?$/

function fromRequirements(file: string, text: string, read: ReadText, seen: Set<string>): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map(line =>
      line
        .replace(/(^|\s)#.*$/, '')
        .replace(/\s--hash=\S+/g, '')
        .trim(),
    )
    .filter(line => line.length < MAX_REQUIREMENT)
    .flatMap(line => {
      const other = /^(?:-r|--requirement)[\s=]+(\S+)$/.exec(line)?.[1]
      if (other === undefined) return REQUIREMENT.test(line) ? [line.replace(/\s+/g, ' ')] : []
      const path = [...file.split('/').slice(0, -1), ...other.replace(/^\.\//, '').split('/')].join('/')
      const included = seen.has(path) ? undefined : read(path)
      return included === undefined ? [] : fromRequirements(path, included, read, seen.add(path))
    })
}

const Texts = z.array(z.unknown()).catch([])
const Groups = z.record(z.string(), Texts).catch({})
const Pyproject = z.looseObject({
  project: z
    .looseObject({ dependencies: Texts.optional(), 'optional-dependencies': Groups.optional() })
    .catch({}),
  'dependency-groups': Groups.optional(),
})

function fromPyproject(text: string): string[] {
  let raw: unknown
  try {
    raw = parseToml(text)
  } catch {
    return []
  }
  const parsed = Pyproject.partial().safeParse(raw)
  if (!parsed.success) return []
  const { project, 'dependency-groups': groups } = parsed.data
  const optional = project?.['optional-dependencies']
  const lists = [project?.dependencies, ...GROUPS.flatMap(name => [optional?.[name], groups?.[name]])]
  return lists.flatMap(list => (list ?? []).filter(isRequirement))
}

function isRequirement(value: unknown): value is string {
  return typeof value === 'string' && value.length < MAX_REQUIREMENT && REQUIREMENT.test(value)
}

function fromSetupCfg(text: string): string[] {
  const found = /^install_requires\s*=(.*(?:\n[ \t]+.*)*)/m.exec(text)?.[1] ?? ''
  return found
    .split('\n')
    .map(line => line.trim())
    .filter(isRequirement)
}

const Versions = z.record(z.string(), z.unknown()).catch({})
const PackageJson = z.looseObject({
  dependencies: Versions.optional(),
  devDependencies: Versions.optional(),
  optionalDependencies: Versions.optional(),
  peerDependencies: Versions.optional(),
})
const PACKAGE = /^(?:@[\w.-]+\/)?[\w.-]+$/
/** A range of versions or a tag of a registry: no path, no address, no other name. */
const RANGE = /^[\w.*^~<>=|\s+-]{0,100}$/

/** Packages of a `package.json`; of those that only its developers need, the ones that are `used`. */
export function nodeNeeds(text: string | undefined, used: (name: string) => boolean): Record<string, string> {
  const parsed = PackageJson.safeParse(parseJson(text ?? '{}'))
  if (!parsed.success) return {}
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = parsed.data
  const developers = Object.entries(devDependencies ?? {}).filter(([name]) => used(name))
  const all = [optionalDependencies, peerDependencies, dependencies].flatMap(group =>
    Object.entries(group ?? {}),
  )
  return Object.fromEntries(
    [...all, ...developers]
      .filter((pair): pair is [string, string] => {
        const [name, range] = pair
        return PACKAGE.test(name) && !name.startsWith('.') && typeof range === 'string' && RANGE.test(range)
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )
}

const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({})) })

/** A `package-lock.json` without the addresses from which packages would come; their digests stay. Undefined if it is none. */
export function withoutAddresses(text: string): string | undefined {
  const parsed = Lock.safeParse(parseJson(text))
  if (!parsed.success) return undefined
  const packages = Object.entries(parsed.data.packages)
    .filter(([name, { link }]) => name === '' || (name.startsWith('node_modules/') && link !== true))
    .map(([name, { resolved: _, ...rest }]) => [name, rest] as const)
  return JSON.stringify({ ...parsed.data, packages: Object.fromEntries(packages) })
}

/** A package as npm takes it on its command line: name, and a range or `*`. */
export function splitPackage(text: string): readonly [name: string, range: string] {
  const at = text.indexOf('@', 1)
  return at < 0 ? [text, '*'] : [text.slice(0, at), text.slice(at + 1)]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
