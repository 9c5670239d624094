import { placed } from './cell.ts'
import { brief, count, moment, points, signed } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { renderSpark } from './spark.ts'
import type { SubnetRow, SubnetsPage } from './subnets-data.ts'
import { renderFlows, renderTrend } from './subnets-plots.ts'

/** Every subnet of the chain: what it is worth, who works there, and how unevenly all that is spread. */
export function renderSubnets(site: Site, page: SubnetsPage): string {
  const body = html`<p class="eyebrow">${page.block === null ? 'The chain was not read yet' : html`As of block ${count(page.block)}${page.at === null ? '' : html`, <time datetime="${page.at}">${moment(page.at)}</time>`}`}</p>
<h1>Subnets</h1>
<div id="subnets" data-live><p class="standfirst">${standfirst(page)}</p>
${page.rows.length === 0 ? undefined : html`${renderFigures(page)}${renderFlows(page.rows)}${renderTrend(page.trend)}${renderTable(page.rows)}`}</div>
<h2>How it is read</h2>
<p>A flow is what a pool gained by trade: its change over the window, without what blocks put there. A market counts as alive when three of four signs say so: it gets emission, miners are paid and not burned away, several validators judge, and it is traded. Gini's coefficient is 0 where all have the same, and near 1 where one has all. Subnets that this arena has environments of are marked.</p>`
  return renderPage(site, { title: 'Subnets', under: '/subnets', data: '/subnets.json', body })
}

function standfirst({ block, rows, concentration }: SubnetsPage): Markup {
  if (block === null) return html`They are shown once the chain was read.`
  if (rows.length === 0) return html`This chain has none but the root network.`
  const active = rows.filter(({ isActive }) => isActive).length
  return html`${active} of ${rows.length} markets are alive. The five largest hold ${points(concentration.pools.five)} % of all pools, and get ${points(concentration.emission.five)} % of the emission.`
}

function renderFigures({ rows, concentration }: SubnetsPage): Markup {
  const tao = rows.reduce((sum, row) => sum + row.tao, 0)
  const miners = rows.reduce((sum, row) => sum + row.miners, 0)
  return html`<ul class="figures"><li><b>${brief(tao)}</b><span>tao in pools</span></li><li><b>${count(miners)}</b><span>miners are paid</span></li><li><b>${concentration.pools.gini.toFixed(2)}</b><span>Gini of pools</span></li><li><b>${concentration.emission.gini.toFixed(2)}</b><span>Gini of emission</span></li><li><b>${points(concentration.emission.ten)} %</b><span>of emission to the ten largest</span></li></ul>`
}

function renderTable(rows: readonly SubnetRow[]): Markup {
  const most = Math.max(0.001, ...rows.map(({ emissionShare }) => emissionShare))
  return html`<div class="scroll subnets" tabindex="0" role="region" aria-label="Subnets"><table><caption><b>Table 1.</b> All subnets, by their part of the emission. Amounts in tao; registrations are those of the present interval.</caption>
<thead><tr><th scope="col" class="number">Netuid</th><th scope="col">Name</th><th scope="col" class="number">Emission</th><th scope="col"><span class="hidden">Emission as a bar</span></th><th scope="col" class="number">Price</th><th scope="col"><span class="hidden">Price over time</span></th><th scope="col" class="number">Pool</th><th scope="col" class="number">Alpha in pool</th><th scope="col" class="number">Flow, day</th><th scope="col" class="number">Flow, week</th><th scope="col" class="number">Traded, day</th><th scope="col" class="number">Traded, ever</th><th scope="col" class="number">Miners</th><th scope="col" class="number">Validators</th><th scope="col" class="number">Burned</th><th scope="col" class="number">To register</th><th scope="col" class="number">Registrations</th><th scope="col" class="number">Tempo</th><th scope="col">Market</th></tr></thead>
<tbody>${rows.map(row => renderRow(row, most))}</tbody></table></div>`
}

function renderRow(row: SubnetRow, most: number): Markup {
  const share = row.emissionShare / most
  return html`<tr><td class="number">${row.netuid}</td><th scope="row"><bdi>${row.name}</bdi> <span class="soft"><bdi>${row.symbol}</bdi></span>${row.isOurs ? html` <span class="tag strong">ours</span>` : undefined}</th><td class="number">${points(row.emissionShare, 2)} %</td><td><span class="bar amount ${placed({ score: share, low: 0, high: share })}"></span></td><td class="number">${price(row.price)}${change(row.changes.day)}</td><td>${renderSpark(row.prices, { show: price, of: 'snapshots', least: 0.02 * row.price })}</td><td class="number">${brief(row.tao)}</td><td class="number">${brief(row.alpha)}</td><td class="number">${flow(row.flows.day)}</td><td class="number">${flow(row.flows.week)}</td><td class="number">${row.traded === null ? none() : brief(row.traded)}</td><td class="number">${brief(row.volume)}</td><td class="number">${row.miners}</td><td class="number">${row.validators}</td><td class="number">${row.burned === null ? none() : html`${points(row.burned, 0)} %`}</td><td class="number">${price(row.cost)}</td><td class="number">${count(row.registrations)}</td><td class="number">${count(row.tempo)}</td><td class="signals">${row.isActive ? html`<span class="tag strong">alive</span>` : html`<span class="tag">quiet</span>`} <span class="soft">${row.signals.join(', ')}</span></td></tr>`
}

function none(): Markup {
  return html`<span class="soft">\u2013</span>`
}

function price(tao: number): string {
  return tao === 0 ? '0' : tao.toPrecision(3)
}

function change(part: number | null): Markup | undefined {
  return part === null ? undefined : html` <span class="soft">${signed(part)} %</span>`
}

function flow(tao: number | null): Markup {
  if (tao === null) return none()
  return html`${tao < 0 ? '\u2212' : '+'}${brief(Math.abs(tao))}`
}
