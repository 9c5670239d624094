import { compare } from '../../validator/copies/compare.ts'
import { type Fingerprint, fingerprintAgent, without } from '../../validator/copies/fingerprint.ts'
import type { Measures } from '../../validator/copies/suspects.ts'
import type { Disguise } from './disguises.ts'
import * as disguises from './disguises.ts'
import { donorOf, type Program, templateOf } from './programs.ts'

const { both, chatter, halve, minify, rename, reword, shadow } = disguises

/** What copies are disguised by. The first ones cost a miner nothing; those after `padded` cost work, or make the agent worse. */
export const DISGUISES: Readonly<Record<string, Disguise>> = {
  renamed: rename,
  reordered: disguises.reorder,
  split: disguises.split,
  merged: disguises.merge,
  minified: minify,
  'without-types': disguises.stripTypes,
  commented: disguises.comment,
  reworded: reword,
  encoded: disguises.encode,
  paraphrased: disguises.paraphrase,
  inverted: disguises.invert,
  'other-loops': disguises.unroll,
  interleaved: disguises.interleave,
  shadowed: shadow,
  padded: disguises.pad,
  'renamed-reworded-minified': both(reword, minify),
  'renamed-reworded-shadowed': both(rename, shadow, reword),
  'all-of-them': both(
    rename,
    reword,
    disguises.invert,
    disguises.unroll,
    disguises.interleave,
    disguises.reorder,
    disguises.pad,
  ),
  chattering: chatter,
  'renamed-reworded-chattering': both(chatter, rename, reword),
  halved: halve,
  'renamed-reworded-halved': both(halve, rename, reword),
}

/** The template in the forms in which agents carry it. */
export async function commonOf(): Promise<Fingerprint[]> {
  const languages = ['typescript', 'python'] as const
  const forms = await Promise.all(
    languages.flatMap(language => [templateOf(language), minify(templateOf(language), [])]),
  )
  return await Promise.all(forms.map(fingerprintAgent))
}

/** Fingerprints, without what is common, of programs as they are. */
export async function fingerprintsOf(
  programs: readonly Program[],
  common: readonly Fingerprint[],
): Promise<Map<Program, Fingerprint>> {
  const found = new Map<Program, Fingerprint>()
  for (const program of programs) found.set(program, without(await fingerprintAgent(program.files), common))
  return found
}

/** The fingerprint of a copy, without what is common; undefined if a disguise has no sense in its language. */
export async function copyOf(
  { files, language }: Program,
  disguise: Disguise,
  common: readonly Fingerprint[],
): Promise<Fingerprint | undefined> {
  if (disguise === disguises.stripTypes && language === 'python') return undefined
  return without(await fingerprintAgent(await disguise(files, donorOf(language))), common)
}

export function measure(one: Fingerprint, other: Fingerprint): Measures {
  return { ...compare(one, other, []), patches: 0 }
}

/** Measures of all pairs of different programs of one language. */
export function independentPairs(prints: ReadonlyMap<Program, Fingerprint>): Measures[] {
  const all = [...prints]
  return all.flatMap(([one, print], index) =>
    all
      .slice(index + 1)
      .filter(([other]) => other.language === one.language)
      .map(([, against]) => measure(print, against)),
  )
}
