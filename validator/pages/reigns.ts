import type { ReignRow } from './board-data.ts'
import { placed } from './cell.ts'
import { count, points, short } from './format.ts'
import { html, type Markup } from './markup.ts'

const MOST = 60

/** All champions, the newest first, with what each proved and how long it stayed. @param block - now */
export function renderReigns(reigns: readonly ReignRow[], block: number): Markup {
  const start = reigns[0]!.from
  const whole = Math.max(1, block - start)
  const shown = reigns.toReversed().slice(0, MOST)
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Champions"><table class="reigns"><caption><b>Table 2.</b> ${reigns.length === 1 ? 'The first champion' : `${reigns.length} champions, the newest first`}. The bar shows when each reigned, from block ${count(start)} to now.</caption>
<thead><tr><th scope="col">Champion</th><th scope="col" class="number">From block</th><th scope="col" class="number">Proven gain</th><th scope="col">Duel</th><th scope="col" class="span">Reign</th></tr></thead>
<tbody>${shown.map(({ submission, agent, hotkey, from, to, duel, credit }) => {
    const span = { low: (from - start) / whole, high: ((to ?? block) - start) / whole }
    return html`<tr><th scope="row"><a href="/agents/${submission}"><bdi>${agent}</bdi></a> <span class="soft">${short(hotkey)}</span></th><td class="number">${count(from)}</td><td class="number">${duel === null ? '\u2013' : `+${points(credit)}`}</td><td>${duel === null ? html`<span class="soft">the first</span>` : html`<a href="/duels/${duel}">how it won</a>`}</td><td class="span"><span class="bar range ${placed({ score: 0, ...span })}"></span><span class="hidden">for ${count((to ?? block) - from)} blocks</span></td></tr>`
  })}</tbody></table></div>${reigns.length > MOST ? html`<p class="more">${reigns.length - MOST} earlier ones in the data.</p>` : undefined}`
}
