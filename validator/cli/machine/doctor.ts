import fs from 'node:fs'
import os from 'node:os'
import { execa } from 'execa'
import { checkBase, hasBase } from '../../../sandbox/base.ts'
import { cacheFolder } from '../../../sandbox/cache.ts'
import type { Engine, EngineAbout } from '../../../sandbox/engine.ts'
import { findAbandoned, reap } from '../../../sandbox/reaper.ts'
import { runtimeVolume } from '../../../sandbox/runtime.ts'
import { findEngine } from '../../../sandbox/setup.ts'
import { UsageError } from '../errors.ts'
import { asJson } from '../text.ts'
import { findCache } from './find-cache.ts'
import { type Finding, renderFinding } from './finding.ts'
import { findIsolation } from './isolation.ts'

const NEEDED_GIGABYTES = 3

/** Looks at everything that evaluation needs and says how to mend what is wrong. Exit code 3 if it cannot work. */
export async function doctor(options: { clean?: true; cache?: true; json?: true }): Promise<number> {
  if (options.cache && !options.clean)
    throw new UsageError('--cache says what to clean: "npx arete doctor --clean --cache"')
  const findings: Finding[] = [node(), await gitVersion(), memory(), disk(os.tmpdir()), disk(cacheFolder())]
  const found = await engine(findings)
  if (found !== undefined) {
    findings.push(
      await base(found.engine),
      await runtime(found.engine),
      await leftovers(found.engine, options.clean === true),
      await findCache(found.engine, options.cache ? 'empty' : options.clean ? 'within budget' : 'as it is'),
    )
  }
  const works = findings.every(finding => finding.state !== 'bad')
  if (options.json) console.log(asJson({ works, findings }))
  else for (const finding of findings) console.log(renderFinding(finding))
  return works ? 0 : 3
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const fits = major > 20 || (major === 20 && minor >= 19)
  return {
    what: 'Node',
    state: fits ? 'ok' : 'bad',
    detail: fits ? process.versions.node : `${process.versions.node}: install 20.19 or newer`,
  }
}

async function gitVersion(): Promise<Finding> {
  const { stdout, failed } = await execa('git', ['--version'], { reject: false })
  const version = /(\d+)\.(\d+)/.exec(stdout ?? '')
  if (failed || version === null)
    return { what: 'git', state: 'bad', detail: 'not found: install git 2.30 or newer' }
  const fits = Number(version[1]) > 2 || Number(version[2]) >= 30
  return {
    what: 'git',
    state: fits ? 'ok' : 'bad',
    detail: fits ? version[0] : `${version[0]}: install 2.30 or newer`,
  }
}

function memory(): Finding {
  const gigabytes = os.totalmem() / 2 ** 30
  const state = gigabytes >= 3.5 ? 'ok' : 'warn'
  return {
    what: 'memory',
    state,
    detail: `${gigabytes.toFixed(0)} GB${state === 'ok' ? '' : ': 4 GB or more are better'}`,
  }
}

function disk(folder: string): Finding {
  const { bavail, bsize } = fs.statfsSync(folder)
  const gigabytes = (bavail * bsize) / 2 ** 30
  const enough = gigabytes >= NEEDED_GIGABYTES
  return {
    what: 'disk',
    state: enough ? 'ok' : 'bad',
    detail: `${gigabytes.toFixed(0)} GB free for ${folder}${enough ? '' : `: free at least ${NEEDED_GIGABYTES} GB`}`,
  }
}

async function engine(findings: Finding[]): Promise<{ engine: Engine; about: EngineAbout } | undefined> {
  try {
    const found = await findEngine()
    const detail =
      found === undefined
        ? 'none answers: type "npx arete setup"'
        : `${found.about.version}, API ${found.about.apiVersion}, ${found.about.cpus} cpus`
    findings.push({ what: 'engine', state: found === undefined ? 'bad' : 'ok', detail })
    if (found !== undefined) findings.push(...findIsolation(found.about))
    return found
  } catch (error) {
    findings.push({ what: 'engine', state: 'bad', detail: (error as Error).message })
    return undefined
  }
}

async function base(engine: Engine): Promise<Finding> {
  if (!(await hasBase(engine)))
    return {
      what: 'base image',
      state: 'bad',
      detail: 'missing or of an older recipe: type "npx arete setup"',
    }
  try {
    await checkBase(engine)
    return { what: 'base image', state: 'ok', detail: 'passes its checks' }
  } catch (error) {
    return { what: 'base image', state: 'bad', detail: (error as Error).message }
  }
}

async function runtime(engine: Engine): Promise<Finding> {
  const there = (await engine.findVolume(runtimeVolume())) !== undefined
  return {
    what: 'runtime',
    state: there ? 'ok' : 'bad',
    detail: there ? runtimeVolume() : 'missing: type "npx arete setup"',
  }
}

async function leftovers(engine: Engine, clean: boolean): Promise<Finding> {
  const things = clean ? await reap(engine, Date.now()) : await findAbandoned(engine, Date.now())
  if (things.length === 0) return { what: 'leftovers', state: 'ok', detail: 'none' }
  const counts = ['container', 'image', 'volume']
    .map(kind => ({ kind, count: things.filter(thing => thing.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}${count > 1 ? 's' : ''}`)
    .join(', ')
  return clean
    ? { what: 'leftovers', state: 'ok', detail: `removed ${counts}` }
    : { what: 'leftovers', state: 'warn', detail: `${counts} of dead runs: type "npx arete doctor --clean"` }
}
