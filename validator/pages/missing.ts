import { renderPage, type Site } from './layout.ts'
import { html } from './markup.ts'

/** What a reader gets who asked for what there is not, or may not be seen yet. */
export function renderMissing(site: Site, message: string): string {
  const body = html`<h1>Nothing to see here</h1><p class="standfirst">${message}.</p><p><a href="/">Back to the beginning</a></p>`
  return renderPage(site, { title: 'Nothing to see here', data: '/', body })
}
