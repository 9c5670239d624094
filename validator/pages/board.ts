import type { BoardPage, BoardRow, DuelState } from './board-data.ts'
import { renderBoardTable } from './board-table.ts'
import { addressOf, type BoardView, chooseRows } from './board-view.ts'
import { FOLD } from './fold.ts'
import { count, counted, moment, points, short } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { renderMeter } from './meter.ts'
import { renderPareto } from './pareto.ts'
import { renderReigns } from './reigns.ts'

/** The front page: who is champion, who challenges, and everybody with all that was measured. */
export function renderBoard(site: Site, board: BoardPage, view: BoardView): string {
  const chosen = chooseRows(board, view)
  const body = html`<p class="eyebrow">${board.window === null ? 'No window is settled yet' : html`Window ${board.window}`} · block ${count(board.block)} · counted <time datetime="${board.counted}">${moment(board.counted)}</time></p>
<h1>The board</h1>
<div id="head" data-live>${renderHead(board)}</div>
${FOLD}<link rel="stylesheet" href="/board.css?${site.stamp}"><section aria-labelledby="ranking"><h2 id="ranking">Ranking</h2>
${board.rows.length === 0 ? undefined : renderControls(board, view)}
<div id="table" data-live>${renderBoardTable(board, chosen, view)}</div></section>
${
  board.rows.length === 0
    ? undefined
    : html`<div class="pair"><section aria-labelledby="economy"><h2 id="economy">What a solution takes</h2><div id="pareto" data-live>${renderPareto(board.rows)}</div></section>${NOTES}</div>`
}
<div id="champions" data-live>${board.reigns.length === 0 ? undefined : html`<h2>Champions</h2>${renderReigns(board.reigns, board.block)}`}</div>`
  const csv = { href: '/board.csv', label: 'The board as CSV' }
  return renderPage(site, { title: 'The board', under: '/board', data: '/board.json', links: [csv], body })
}

function renderHead(board: BoardPage): Markup {
  const reign = board.reigns.at(-1)
  const champion = board.rows.find(({ state }) => state === 'champion')
  const open = board.duels.filter(({ kind }) => kind === 'open')
  if (board.rows.length === 0)
    return html`<p class="standfirst">Nobody was judged yet. Hand in an agent: <code>npx arete submit my-agent --validator &lt;address&gt;</code></p>`
  return html`<p class="standfirst">${standfirst(board, champion, open)}</p>
<div class="cards">${champion === undefined ? undefined : renderChampion(champion, reign)}${open.slice(0, 3).map(renderDuel)}</div>`
}

function standfirst(
  { rows, environments }: BoardPage,
  champion: BoardRow | undefined,
  open: readonly DuelState[],
): Markup {
  const field = `${counted(rows.length, 'agent')} in ${counted(environments.length, 'environment')}`
  if (champion === undefined)
    return html`${field}. There is no champion yet: the first window has to be settled.`
  const challenge =
    open.length === 0
      ? 'Nobody challenges it now.'
      : open.length === 1
        ? html`Now <bdi>${open[0]!.challenger.agent}</bdi> challenges it.`
        : `${open.length} challengers are at it.`
  return html`${field}. <b><bdi>${champion.agent}</bdi></b> is champion, at ${points(champion.total.score)} points of a hundred. ${challenge} A challenger has to prove that it is better, so that luck wins next to nothing.`
}

function renderChampion(row: BoardRow, reign: BoardPage['reigns'][number] | undefined): Markup {
  const { score, low, high } = row.total
  return html`<section class="card"><p class="eyebrow">Champion</p>
<h2><a href="/agents/${row.submission}"><bdi>${row.agent}</bdi></a></h2>
<dl class="facts"><dt>Score</dt><dd><b>${points(score)}</b> [${points(low)}, ${points(high)}]</dd>
<dt>Hotkey</dt><dd><code class="bare">${short(row.hotkey, 12)}</code></dd>
${reign === undefined ? undefined : html`<dt>Since block</dt><dd>${count(reign.from)}</dd><dt>Proven gain</dt><dd>${reign.duel === null ? 'none: it was the first' : html`${points(reign.credit)} points, in <a href="/duels/${reign.duel}">its duel</a>`}</dd>`}
<dt>Paid</dt><dd>${points(row.paid)} % of everything</dd></dl></section>`
}

function renderDuel({ id, challenger, bouts }: DuelState): Markup {
  return html`<section class="card"><p class="eyebrow">In a duel</p>
<h2><a href="/duels/${id}"><bdi>${challenger.agent}</bdi></a></h2>
${bouts.map(
  bout =>
    html`<p class="against">against <a href="/agents/${bout.opponent.submission}"><bdi>${bout.opponent.agent}</bdi></a>${bout.isOrigin ? ', whose copy it may be' : ''}</p>${renderMeter(bout)}`,
)}</section>`
}

function renderControls({ rows, environments }: BoardPage, view: BoardView): Markup {
  const subnets = [...new Set(environments.map(({ netuid }) => String(netuid)))]
  const roles = [...new Set(rows.map(({ role }) => role))]
  const option = (value: string, label: string, chosen: string): Markup =>
    html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${label}</option>`
  return html`<form class="controls" method="get" action="/board" role="search">
<label>Find<input type="search" name="q" value="${view.q}" maxlength="100" placeholder="agent or hotkey"></label>
${roles.length < 2 ? undefined : html`<label>Who<select name="role">${option('', 'everybody', view.role)}${roles.map(role => option(role, `${role}s`, view.role))}</select></label>`}
${subnets.length < 2 ? undefined : html`<label>Subnet<select name="subnet">${option('', 'all', view.subnet)}${subnets.map(one => option(one, one === 'local' ? 'local' : `subnet ${one}`, view.subnet))}</select></label>`}
${view.sort === 'rank' ? undefined : html`<input type="hidden" name="sort" value="${view.sort}">`}
<button type="submit">Show</button>${view.q === '' && view.role === '' && view.subnet === '' ? undefined : html`<a href="${addressOf(view, { q: '', role: '', subnet: '' })}">Show all</a>`}</form>`
}

const NOTES = html`<section aria-labelledby="notes"><h2 id="notes">How to read it</h2>
<p>A cell reads <b>42.0</b> <span class="soft">[35.4, 48.9] / 200</span>: 42.0 of a hundred tasks solved, an interval that holds the true share with 95 %, and how many tasks that is from. The bar below shows the same from 0 to 100.</p>
<p>The champion stands first, then layer after layer: nobody is proven to be worse than another of the same layer. Within one, those come first of whom more is certain, and then who was there first. Layers are for reading; nothing is paid for them.</p>
<p>To become champion, a challenger plays rounds of fresh tasks against it. Evidence multiplies with each round; the rules bound how often an agent that is no better could ever collect enough. A copy has to beat the one it was copied from as well, and by more.</p></section>`
