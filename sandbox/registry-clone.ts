import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mapping, mapAddress, type Replacement } from '../task-bank/mapping.ts'
import { cacheFolder } from './cache.ts'
import { sha256 } from './digest.ts'
import { type GitResult, git } from './git.ts'
import { currentSupply } from './supply.ts'
import { openTemporary } from './temporary.ts'

/** Local clones of repositories, by the address that registries name. */
export type Clones = Readonly<Record<string, string>>

/** A repository with a commit in it, or why it cannot be had. */
export type FoundClone =
  | {
      readonly kind: 'found'
      readonly gitDir: string
      /** What names the commit there. */
      readonly commit: string
      /** The clone as a person knows it. */
      readonly place: string
      /** Set if it is elsewhere than the registry says. */
      readonly replaced: Replacement | undefined
    }
  | {
      readonly kind: 'missing'
      readonly why: string
      /** Set if whoever asks again for another commit would wait for the same failure. */
      readonly isUnreachable?: true
    }

/**
 * The repository that a registry names: a clone that the operator named, else where the mapping file says it is; a folder is
 * read, of what is in the network only the commit is fetched, and kept. With `--offline` what was fetched before will do.
 */
export async function findClone(
  url: string,
  commit: string,
  { clones, say }: { clones: Clones; say: (line: string) => void },
): Promise<FoundClone> {
  const named = Object.hasOwn(clones, url) ? clones[url] : undefined
  if (named !== undefined) return openFolder(named, commit, undefined)
  const { mapping, isOffline } = currentSupply()
  const address = mapAddress(mapping.git, url)
  const replaced: Replacement | undefined =
    address === url ? undefined : { kind: 'git', from: url, to: address }
  if (replaced !== undefined) {
    const folder = folderOf(address)
    if (folder !== undefined && fs.existsSync(folder)) return openFolder(folder, commit, replaced)
    if (folder !== undefined)
      return missing(`the mapping file says that ${url} is ${address}, and there is no such folder`)
  }
  if (!FETCHED.test(address)) return missing(`no clone of ${url} is at hand: ${cureOf(url)}`)
  const gitDir = await keptRepository(address)
  const found = { kind: 'found', gitDir, place: address, replaced } as const
  const kept = commit === 'HEAD' ? HEAD : commit
  if ((commit !== 'HEAD' || isOffline) && (await has(gitDir, kept))) return { ...found, commit: kept }
  if (isOffline)
    return missing(`${address} may not be fetched (--offline), and no clone of it is at hand: ${cureOf(url)}`)
  say(`Fetching ${commit === 'HEAD' ? 'the newest commit' : commit.slice(0, 12)} of ${address}`)
  const failure = await fetchCommit(gitDir, address, commit, mapping)
  if (await has(gitDir, kept)) return { ...found, commit: kept }
  if (failure === '') return missing(`${address} has no commit ${commit}`)
  return { ...missing(`cannot be fetched from ${address} (${failure}): ${cureOf(url)}`), isUnreachable: true }
}

/** Nothing that could start a program, or ask a person. */
const FETCHED = /^(https?|git):\/\//
/** Where the newest commit of a repository is kept. */
const HEAD = 'refs/arete/head'
const SECONDS = 600

function missing(why: string): FoundClone & { kind: 'missing' } {
  return { kind: 'missing', why }
}

function cureOf(url: string): string {
  return `clone it, and add --clone ${url}=<folder of the clone>`
}

function openFolder(folder: string, commit: string, replaced: Replacement | undefined): FoundClone {
  const inside = path.join(folder, '.git')
  return {
    kind: 'found',
    gitDir: fs.existsSync(inside) ? inside : folder,
    commit,
    place: folder,
    replaced,
  }
}

/** Only a map, which is the operator's, may point at folders of this machine. */
function folderOf(address: string): string | undefined {
  if (path.isAbsolute(address)) return address
  try {
    return address.startsWith('file://') ? fileURLToPath(address) : undefined
  } catch {
    return undefined
  }
}

async function keptRepository(address: string): Promise<string> {
  const gitDir = path.join(cacheFolder(), 'fetched', sha256(address).slice(0, 24))
  if (fs.existsSync(gitDir)) return gitDir
  using temporary = openTemporary()
  const making = path.join(temporary.path, 'fetched.git')
  await git(['init', '--quiet', '--template=', '--bare', making])
  fs.mkdirSync(path.dirname(gitDir), { recursive: true })
  try {
    fs.renameSync(making, gitDir)
  } catch (error) {
    // Somebody else was faster.
    if (!fs.existsSync(gitDir)) throw error
  }
  return gitDir
}

async function has(gitDir: string, commit: string): Promise<boolean> {
  return (await git(['cat-file', '-e', `${commit}^{commit}`], { gitDir, foreign: true })).code === 0
}

/** Asks for the commit alone; servers that give no single commits, and shortened ids, need the whole history. */
async function fetchCommit(
  gitDir: string,
  address: string,
  commit: string,
  mapping: Mapping,
): Promise<string> {
  const fetch = (depth: number, refs: readonly string[]): Promise<GitResult> =>
    git(
      [
        ...settingsOf(mapping),
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-recurse-submodules',
        `--depth=${depth}`,
        '--',
        address,
        ...refs,
      ],
      { gitDir, foreign: true, seconds: SECONDS, env: surroundings() },
    )
  const single = await fetch(1, [commit === 'HEAD' ? `+HEAD:${HEAD}` : commit])
  if (single.code === 0 || commit === 'HEAD') return failureOf(single)
  return failureOf(await fetch(WHOLE, ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']))
}

/** How git says "all of it", also of a repository that has a part. */
const WHOLE = 0x7fff_ffff

function failureOf({ code, stderr }: GitResult): string {
  if (code === 0) return ''
  const lines = stderr.split('\n')
  return lines.find(line => /^(fatal|error):/.test(line)) ?? lines[0] ?? `git ended with ${code}`
}

function settingsOf({ registries }: Mapping): string[] {
  const { proxy } = registries
  return [
    ...['http', 'https', 'git'].map(name => `protocol.${name}.allow=always`),
    'gc.auto=0',
    'maintenance.auto=false',
    'http.lowSpeedLimit=1',
    'http.lowSpeedTime=20',
    ...(proxy === undefined ? [] : [`http.proxy=${proxy}`]),
  ].flatMap(setting => ['-c', setting])
}

/** How this machine reaches the network is no secret to git. */
function surroundings(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY']
  const certificates = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO']
  return Object.fromEntries(
    [...names, ...certificates].flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
