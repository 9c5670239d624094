import { z } from 'zod'
import { BoutState, DuelState } from './board-data.ts'
import { renderCapital } from './capital-plot.ts'
import { placed } from './cell.ts'
import { count, counted, evidence, points, signed } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { renderMeter } from './meter.ts'

const Guarded = z.object({
  name: z.string(),
  netuid: z.union([z.literal('local'), z.int()]),
  /** Part of each round's difference. */
  share: z.number(),
  lead: z.number(),
  /** Evidence that it is not worse here by the margin. */
  safety: z.number(),
  /** Evidence of a real loss here, and what ends the duel. */
  veto: z.number(),
  vetoes: z.number(),
})

const Bout = BoutState.extend({
  /** Why it ended: as `Outcome` says it; null while it is open. */
  ending: z.string().nullable(),
  p: z.number().nullable(),
  /** Evidence for and against after each round. */
  curve: z.array(z.tuple([z.number(), z.number()])),
  environments: z.array(Guarded),
})
export type BoutDetails = z.infer<typeof Bout>

/** One duel, with all that decides it. */
export const DuelPage = DuelState.extend({
  window: z.int(),
  block: z.int(),
  alpha: z.number(),
  /** Worst difference that an environment may have, evidence that it needs against that, and the least gain worth the rounds. */
  rules: z.object({ margin: z.number(), safety: z.number(), gain: z.number(), handicap: z.number() }),
  /** The proven gain if it is won. */
  credit: z.number().nullable(),
  bouts: z.array(Bout),
})
export type DuelPage = z.infer<typeof DuelPage>

export function renderDuel(site: Site, duel: DuelPage): string {
  const { id, challenger, bouts, alpha } = duel
  const body = html`<p class="eyebrow">Duel · window ${duel.window} · drawn at block ${count(duel.block)}</p>
<h1><bdi>${challenger.agent}</bdi> <span class="soft">against</span> <bdi>${bouts[0]?.opponent.agent ?? 'nobody'}</bdi></h1>
<div id="duel" data-live><p class="standfirst">${standfirst(duel)}</p>
${bouts.map((bout, index) => renderBout(duel, bout, index))}</div>
<h2>The rule</h2>
<p>Both play the same fresh tasks, drawn after both were fixed. Bettors stake against the claim that the challenger is no better; if the claim is true, the chance that their money ever grows to ${evidence(2 / alpha)} times what they began with is below ${percent(alpha / 2)}, however often one looks. What is not decided at the last round is decided by an exact test at the same level, so that an agent that is no better wins with a chance of at most ${percent(alpha)}.</p>
<p>No environment may be worse by ${points(duel.rules.margin, 0)} points: each needs evidence of ${evidence(duel.rules.safety)} against that. A gain below ${points(duel.rules.gain, 0)} points is not worth the rounds, and evidence against it ends the duel.</p>`
  return renderPage(site, {
    title: `${challenger.agent} against ${bouts[0]?.opponent.agent ?? 'nobody'}`,
    under: '/board',
    data: `/duels/${id}.json`,
    body,
  })
}

function standfirst({ kind, challenger, bouts, credit }: DuelPage): Markup {
  const who = html`<b><bdi>${challenger.agent}</bdi></b>`
  switch (kind) {
    case 'won':
      return html`${who} won, and is champion from then on. It proved a gain of ${points(credit ?? 0)} points.`
    case 'lost':
      return html`${who} did not win. ${bouts.map(({ ending }) => (ending === null ? '' : `${ending} `))}`
    case 'void':
      return html`Too many tasks could not be judged by our own fault, so this duel counts for nobody.`
    case 'open':
      return html`Nothing is decided yet. ${bouts.map(toCome)}`
  }
}

/** What is missing for an end, in words. */
function toCome(bout: BoutDetails): string {
  const unsafe = bout.environments.filter(({ safety }) => safety < SAFE)
  const left = bout.most - bout.rounds
  const tasks = `${counted(left, 'round')} are left, which is ${counted(left * bout.environments.length, 'task')}.`
  const guard =
    unsafe.length === 0
      ? 'No environment holds it up.'
      : unsafe.length === 1
        ? `It has yet to be shown that it is no worse in ${unsafe[0]!.name}.`
        : `It has yet to be shown that it is no worse in ${unsafe.length} environments.`
  const pace = bout.rounds === 0 ? 0 : Math.log(Math.max(bout.superiority, 1e-9)) / bout.rounds
  const more = Math.ceil(Math.log(bout.wins / Math.max(bout.superiority, 1e-9)) / pace)
  const hope =
    pace > 0 && more <= left
      ? `At its present pace the challenger wins in about ${counted(more, 'round')}.`
      : 'At its present pace the challenger does not win early.'
  return `${tasks} ${hope} ${guard} `
}

const SAFE = 10

function renderBout(duel: DuelPage, bout: BoutDetails, index: number): Markup {
  const { opponent, isOrigin } = bout
  return html`<section><h2>Against <a href="/agents/${opponent.submission}"><bdi>${opponent.agent}</bdi></a>${isOrigin ? ', whose copy it may be' : ', the champion'}</h2>
${isOrigin ? html`<p>It has to be better by more than ${points(duel.rules.handicap, 0)} points than the one it may be a copy of.</p>` : undefined}
<div class="narrow">${renderMeter(bout)}</div>
${renderCapital(bout, index)}
<div class="scroll" tabindex="0" role="region" aria-label="Environments of the duel against ${opponent.agent}"><table>
<caption><b>Table ${index + 1}.</b> Mean difference in each environment, and whether it is safe: evidence of ${evidence(SAFE)} that the challenger is not worse there by ${points(duel.rules.margin, 0)} points.</caption>
<thead><tr><th scope="col">Environment</th><th scope="col" class="number">Difference</th><th scope="col"><span class="hidden">Difference from -20 to +20 points</span></th><th scope="col" class="number">Safety</th><th scope="col">Safe</th><th scope="col" class="number">Evidence of a loss</th></tr></thead>
<tbody>${bout.environments.map(renderGuard)}</tbody></table></div>
${bout.p === null ? undefined : html`<p class="note">Of the exact test at the last round: p = ${bout.p.toPrecision(2)}.</p>`}</section>`
}

const MOST_SHOWN = 0.2

function renderGuard({
  name,
  netuid,
  lead,
  safety,
  veto,
  vetoes,
}: BoutDetails['environments'][number]): Markup {
  const at = 0.5 + lead / MOST_SHOWN / 2
  const bar = placed({ score: at, low: Math.min(0.5, at), high: Math.max(0.5, at) })
  const isSafe = safety >= SAFE
  return html`<tr><th scope="row">${name}${netuid === 'local' ? undefined : html` <span class="soft">subnet ${netuid}</span>`}</th><td class="number">${signed(lead)}</td><td><span class="bar both ${bar}"></span></td><td class="number">${evidence(safety)}</td><td><span class="mark ${isSafe ? 'solved' : 'pending'}">${isSafe ? 'safe' : 'not yet'}</span></td><td class="number">${evidence(veto)} <span class="soft">of ${evidence(vetoes)}</span></td></tr>`
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`
}
