import type { OpenAPIHono } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import { html } from 'hono/html'
import { VERSION } from '../version.ts'
import type { WebContext } from './context.ts'
import { STYLE } from './style.ts'

/** A page for people who look at the address with a browser: what goes on, and where to read on. */
export function addPage(app: OpenAPIHono, { intake, board, config }: WebContext): void {
  app.get('/style.css', c =>
    c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' }),
  )
  app.get('/favicon.ico', c => c.body(null, 204))
  app.get('/', async c => {
    const { environments, rows, counted } = await board.read()
    const { rows: states } = await intake.database.db.execute<{ state: string; count: number }>(
      sql`select state, count(*)::int as count from submissions group by state order by state`,
    )
    const shown = rows.slice(0, 50)
    return c.html(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Arête: ${config.network}, subnet ${config.netuid}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><h1>Arête</h1><p>Validator ${intake.identity.validator} on ${config.network}, subnet ${config.netuid}</p></header>
<main>
<section aria-labelledby="board"><h2 id="board">Board</h2>
${
  shown.length === 0
    ? html`<p>Nobody was judged yet. Hand in an agent: <code>npx arete submit my-agent --validator ${`http://${config.listen.host}:${config.listen.port}`}</code></p>`
    : html`<div class="wide"><table><caption>Share of tasks solved, with its interval at 95 %; counted ${counted.slice(0, 16).replace('T', ' ')} UTC</caption>
<thead><tr><th scope="col">#</th><th scope="col">Agent</th><th scope="col">Score</th>${environments.map(name => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${shown.map(
        row =>
          html`<tr><td>${row.rank}</td><th scope="row">${row.agent}<small>${row.hotkey.slice(0, 8)}… ${row.state}</small></th><td class="number">${row.score.toFixed(2)}</td>${environments.map(
            name => {
              const cell = row.cells[name]
              return cell === undefined
                ? html`<td></td>`
                : html`<td class="number">${cell.score.toFixed(2)} <small>[${cell.low.toFixed(2)}, ${cell.high.toFixed(2)}] / ${cell.judged}</small></td>`
            },
          )}</tr>`,
      )}</tbody></table></div>`
}
</section>
<section aria-labelledby="work"><h2 id="work">Work</h2>
<ul class="counts">${states.length === 0 ? html`<li>No submission yet</li>` : states.map(({ state, count }) => html`<li><b>${count}</b> ${state}</li>`)}</ul>
</section>
</main>
<footer><p>Everything here is data as well: <a href="/v1/openapi.json">API</a>, <a href="/v1/board">board</a>, <a href="/v1/receipts">receipts</a>, <a href="/v1/workers">workers</a>, <a href="/readyz">health</a>. Version ${VERSION}</p></footer>
</body>
</html>`)
  })
}
