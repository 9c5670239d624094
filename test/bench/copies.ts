import { type Fingerprint, fingerprintAgent } from '../../validator/copies/fingerprint.ts'
import { JACCARD, MEASURES, type Measures, quantilesOf, reasonOf } from '../../validator/copies/suspects.ts'
import { randomOf } from '../../validator/scoring/random.ts'
import { commonOf, copyOf, DISGUISES, fingerprintsOf, independentPairs, measure } from '../support/copying.ts'
import { listAgents, listOthers, type Program, templateOf } from '../support/programs.ts'
import { buildLine, type Line, median } from './measure.ts'

const HALVINGS = 200

/**
 * How many disguised copies are found, by kind, and how many independent pairs are taken for copies. Independent pairs are all pairs of
 * different programs of one language; small agents carry the template along, as written and minified. The quantiles are those of the
 * undisguised pairs; `false-alarms-held-out` uses those of one half of the pairs for the other, as a mean over halvings; `false-alarms-disguised` asks the
 * same of each disguised agent against all other programs.
 *
 * @param kinds - so many disguises
 */
export async function measureCopies(kinds: number, say: (what: string) => void): Promise<Line[]> {
  const common = await commonOf()
  const agents = listAgents()
  const prints = await fingerprintsOf([...agents, ...listOthers()], common)
  const pairs = independentPairs(prints)
  const quantiles = quantilesOf(pairs)
  const isSuspect = (measures: Measures): boolean => reasonOf(measures, quantiles) !== undefined
  const lines = [
    buildLine('copies.programs', prints.size, 'count'),
    buildLine('copies.independent-pairs', pairs.length, 'count'),
    buildLine('copies.false-alarms', share(pairs, isSuspect), '%'),
    buildLine('copies.false-alarms-held-out', heldOut(pairs), '%'),
    ...MEASURES.filter(name => name !== 'patches').map(name =>
      buildLine(`copies.quantile.${name}`, quantiles[name] * 100, '%'),
    ),
    buildLine('copies.threshold.jaccard', JACCARD * 100, '%'),
    buildLine('copies.greatest.jaccard', Math.max(...pairs.map(({ jaccard }) => jaccard)) * 100, '%'),
  ]
  const found: Measures[] = []
  const strangers: Measures[] = []
  for (const [kind, disguise] of Object.entries(DISGUISES).slice(0, kinds)) {
    say(`copies: ${kind}`)
    const copies: Measures[] = []
    for (const agent of agents) {
      const copy = await copyOf(agent, disguise, common)
      if (copy === undefined) continue
      copies.push(measure(prints.get(agent)!, copy))
      strangers.push(...othersOf(agent, prints).map(print => measure(print, copy)))
    }
    found.push(...copies)
    lines.push(
      buildLine(`copies.found.${kind}`, share(copies, isSuspect), '%'),
      buildLine(`copies.found-by-jaccard.${kind}`, share(copies, isLikeAlone), '%'),
      buildLine(`copies.median-jaccard.${kind}`, median(copies.map(({ jaccard }) => jaccard)) * 100, '%'),
    )
  }
  const [first, second] = await Promise.all((['typescript', 'python'] as const).map(templatePrint))
  return [
    ...lines,
    buildLine('copies.found.in-another-language', isSuspect(measure(first!, second!)) ? 100 : 0, '%'),
    buildLine('copies.copies', found.length, 'count'),
    buildLine('copies.found', share(found, isSuspect), '%'),
    ...roc(found, pairs),
    buildLine('copies.disguised-strangers', strangers.length, 'count'),
    buildLine('copies.false-alarms-disguised', share(strangers, isSuspect), '%'),
  ]
}

/** The two templates are one design in two languages. */
async function templatePrint(language: Program['language']): Promise<Fingerprint> {
  return await fingerprintAgent(templateOf(language))
}

function isLikeAlone({ sameCode, jaccard }: Measures): boolean {
  return sameCode || jaccard >= JACCARD
}

/** Programs of the same language but this one. */
function othersOf(agent: Program, prints: ReadonlyMap<Program, Fingerprint>): Fingerprint[] {
  return [...prints]
    .filter(([other]) => other !== agent && other.language === agent.language)
    .map(([, print]) => print)
}

/** Alarms in one half of the pairs by what the other one has shown: the mean over many halvings, since one has too few alarms to count. */
function heldOut(pairs: readonly Measures[]): number {
  const random = randomOf(1)
  const shares = Array.from({ length: HALVINGS }, () => {
    const mixed = pairs
      .map(pair => ({ pair, at: random() }))
      .sort((one, other) => one.at - other.at)
      .map(({ pair }) => pair)
    const known = quantilesOf(mixed.slice(0, mixed.length / 2))
    return share(mixed.slice(mixed.length / 2), one => reasonOf(one, known) !== undefined)
  })
  return shares.reduce((sum, one) => sum + one, 0) / HALVINGS
}

/** What each measure alone would find if it may take so many independent pairs for copies. */
function roc(copies: readonly Measures[], pairs: readonly Measures[]): Line[] {
  return (['jaccard', ...MEASURES] as const)
    .filter(name => name !== 'patches')
    .flatMap(name =>
      [0, 0.005, 0.01, 0.05].map(allowed => {
        const sorted = pairs.map(pair => pair[name]).sort((one, other) => other - one)
        const limit = sorted[Math.floor(allowed * sorted.length)]!
        const hits = share(copies, copy => copy[name] > limit)
        return buildLine(`copies.roc.${name}.at-${allowed * 100}`, hits, '%')
      }),
    )
}

function share<One>(all: readonly One[], is: (one: One) => boolean): number {
  return (all.filter(is).length / all.length) * 100
}
