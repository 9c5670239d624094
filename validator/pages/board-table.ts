import type { BoardPage, BoardRow } from './board-data.ts'
import { addressOf, type BoardView } from './board-view.ts'
import { placed, renderCell } from './cell.ts'
import { brief, count, counted, duration, money, points, short } from './format.ts'
import { html, type Markup } from './markup.ts'
import { renderSpark } from './spark.ts'

type Chosen = Pick<BoardPage, 'rows' | 'environments'>

/** So many rows are laid out together: a browser skips the parts that nobody looks at. */
const PART_ROWS = 8

/** Agents times environments, grouped by subnet. Every heading that can be sorted by is a link. */
export function renderBoardTable(board: BoardPage, chosen: Chosen, view: BoardView): Markup {
  if (board.rows.length === 0) return html``
  const { rows } = chosen
  if (rows.length === 0) return html`<p>No agent is like that.</p>`
  const environments = grouped(chosen.environments)
  const columns = columnsOf(board.rows)
  const caption = html`<caption>${rows.length === board.rows.length ? counted(rows.length, 'agent') : html`${rows.length} of ${counted(board.rows.length, 'agent')}`}. Share of tasks solved, its interval at 95 %, and number of tasks.</caption>`
  const groups = view.sort === 'rank' ? layersOf(rows) : [{ name: undefined, rows }]
  const width = 5 + environments.length + columns.length
  const draw = ({ name, rows: own }: Group): Markup =>
    html`<tbody>${name === undefined ? undefined : html`<tr class="layer"><th scope="rowgroup" colspan="${width}">${name}</th></tr>`}${own.map(row => renderRow(row, environments, columns))}</tbody>`
  const [first, ...rest] = partsOf(groups)
  return html`<div class="scroll board" tabindex="0" role="region" aria-label="The ranking"><div class="parts"><div class="part"><table>${caption}
${renderHead(environments, columns, view)}
${first!.map(draw)}</table></div>${rest.map(
    (part, index) =>
      html`<div class="part"><table aria-label="The ranking from row ${(index + 1) * PART_ROWS + 1}">${quietHead(environments, columns)}${part.map(draw)}</table></div>`,
  )}</div></div>`
}

function renderHead(
  environments: Chosen['environments'],
  columns: readonly Column[],
  view: BoardView,
): Markup {
  return html`<thead><tr><td colspan="5"></td>${subnetsOf(environments).map(({ label, span }) => html`<th scope="colgroup" colspan="${span}" class="group">${label}</th>`)}<td colspan="${columns.length}"></td></tr>
<tr>${heading('rank', '#', view, 'number ')}${heading('agent', 'Agent', view, 'who')}${heading('score', 'Score', view, 'score')}<th scope="col" class="trend">Trend</th><th scope="col" class="state">Standing</th>
${environments.map(({ name }) => heading(name, name, view, 'environment'))}${columns.map(({ sort, label }) => heading(sort, label, view, 'number spend'))}</tr></thead>`
}

/** For ears only: it is seen above the first part. */
function quietHead(environments: Chosen['environments'], columns: readonly Column[]): Markup {
  const names = [
    ...[
      ['#', 'number'],
      ['Agent', 'who'],
      ['Score', 'score'],
      ['Trend', 'trend'],
      ['Standing', 'state'],
    ],
    ...environments.map(({ name }) => [name, 'environment']),
    ...columns.map(({ label }) => [label, 'number spend']),
  ]
  return html`<thead class="quiet"><tr>${names.map(([name, kind]) => html`<th scope="col" class="${kind!}"><span class="hidden">${name!}</span></th>`)}</tr></thead>`
}

/** Rows under one heading, if they have one. */
interface Group {
  readonly name: string | undefined
  readonly rows: readonly BoardRow[]
}

/** Groups cut into parts of so many rows; only the first piece of one keeps its heading. */
function partsOf(groups: readonly Group[]): Group[][] {
  const parts: Group[][] = [[]]
  let room = PART_ROWS
  for (const { name, rows } of groups)
    for (let at = 0; at < rows.length; ) {
      if (room === 0) {
        parts.push([])
        room = PART_ROWS
      }
      const piece = rows.slice(at, at + room)
      parts.at(-1)!.push({ name: at === 0 ? name : undefined, rows: piece })
      at += piece.length
      room -= piece.length
    }
  return parts
}

interface Column {
  readonly sort: string
  readonly label: string
  readonly show: (row: BoardRow) => string
}

/** What nothing was measured of has no column. */
function columnsOf(rows: readonly BoardRow[]): Column[] {
  const dash = '\u2013'
  const all: (Column & { readonly has: (row: BoardRow) => boolean })[] = [
    {
      ...{ sort: 'dollars', label: 'Cost' },
      has: ({ spent }) => spent.dollars !== null,
      show: ({ spent }) => (spent.dollars === null ? dash : money(spent.dollars)),
    },
    {
      ...{ sort: 'tokens', label: 'Tokens' },
      has: ({ spent }) => spent.tokens !== null,
      show: ({ spent }) => (spent.tokens === null ? dash : brief(spent.tokens)),
    },
    {
      ...{ sort: 'seconds', label: 'Time' },
      has: ({ spent }) => spent.seconds !== null,
      show: ({ spent }) => (spent.seconds === null ? dash : duration(spent.seconds)),
    },
    { sort: 'block', label: 'Commit', has: () => true, show: ({ block }) => count(block) },
  ]
  return all.filter(({ has }) => rows.some(has))
}

function heading(sort: string, label: string, view: BoardView, kind: string): Markup {
  const isSorted = view.sort === sort
  const direction = ['rank', 'seconds', 'dollars', 'tokens', 'block', 'agent'].includes(sort)
    ? 'ascending'
    : 'descending'
  return html`<th scope="col" class="${kind}"${isSorted ? html` aria-sort="${direction}"` : undefined}><a data-sort href="${addressOf(view, { sort })}">${label}</a></th>`
}

/** The champion, then layer after layer; a single one needs no heading. */
function layersOf(rows: readonly BoardRow[]): Group[] {
  const layers = new Map<string, BoardRow[]>()
  for (const row of rows) {
    const name =
      row.state === 'champion' ? 'champion' : row.layer === null ? 'not ranked' : `layer ${row.layer}`
    const own = layers.get(name)
    if (own === undefined) layers.set(name, [row])
    else own.push(row)
  }
  const isOne = [...layers.keys()].filter(name => name !== 'champion').length < 2
  return [...layers].map(([name, own]) => ({
    name: isOne || name === 'champion' ? undefined : name,
    rows: own,
  }))
}

function renderRow(row: BoardRow, environments: Chosen['environments'], columns: readonly Column[]): Markup {
  const { rank, submission, agent, hotkey, role, total } = row
  return html`<tr id="agent-${submission}"${row.state === 'champion' ? html` class="crown"` : undefined}><td class="number">${rank}</td><th scope="row" class="who"><a href="/agents/${submission}"><bdi>${agent}</bdi></a><span>${role === 'miner' ? short(hotkey, 10) : role}</span></th>
<td class="cell ${placed(total)}"><b>${points(total.score)}</b>[${points(total.low)}, ${points(total.high)}]</td><td>${renderSpark(row.trend)}</td><td>${standing(row)}</td>${environments.map(({ name }) => renderCell(row.cells[name]))}${columns.map(({ show }) => html`<td class="number">${show(row)}</td>`)}</tr>`
}

const STANDINGS = {
  champion: 'champion',
  challenger: 'in a duel',
  ranked: '',
  stopped: 'stopped early',
  working: 'at work',
} as const

function standing({ state, origin, paid }: BoardRow): Markup {
  const word = STANDINGS[state]
  const isStrong = state === 'champion' || state === 'challenger'
  return html`${isStrong ? html`<span class="tag strong">${word}</span>` : html`<span class="soft">${word}</span>`}${
    origin === null
      ? undefined
      : html` <a class="tag warn" href="/agents/${origin.submission}" title="${origin.reason}">copy?</a>`
  }${paid > 0 ? html`<small>paid ${points(paid)} %</small>` : undefined}`
}

/** Those of one subnet beside each other, in the order in which subnets come. */
function grouped(environments: Chosen['environments']): Chosen['environments'] {
  const subnets = [...new Set(environments.map(({ netuid }) => netuid))]
  return subnets.flatMap(netuid => environments.filter(one => one.netuid === netuid))
}

function subnetsOf(environments: Chosen['environments']): { label: string; span: number }[] {
  return [...new Set(environments.map(({ netuid }) => netuid))].map(netuid => ({
    label: netuid === 'local' ? 'Local' : `Subnet ${netuid}`,
    span: environments.filter(one => one.netuid === netuid).length,
  }))
}
