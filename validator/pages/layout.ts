import { html, Markup } from './markup.ts'
import { STYLE } from './style.ts'

/** What stands around every page. */
export interface Site {
  /** Where one is, such as network and subnet. */
  readonly place: string
  readonly pages: readonly { readonly href: string; readonly label: string }[]
  /** Stream of events after which a page may look otherwise; undefined where nothing changes. */
  readonly events: string | undefined
  readonly version: string
  /** Changes with what pages name beside themselves, so that browsers may keep it. */
  readonly stamp: string
}

export interface Page {
  readonly title: string
  /** The entry of `pages` that this one is or belongs to. */
  readonly under?: string
  /** The same as data. */
  readonly data: string
  /** Further links beside that. */
  readonly links?: readonly { readonly href: string; readonly label: string }[]
  readonly body: Markup
}

/** A whole document. */
export function renderPage(site: Site, page: Page): string {
  const links = [{ href: page.data, label: 'This page as JSON' }, ...(page.links ?? [])]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Arête</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="alternate" type="application/json" href="${page.data}">
${SHEET}
${site.events === undefined ? undefined : html`<script type="module" src="/app.js?${site.stamp}"></script>`}
</head>
<body${site.events === undefined ? undefined : html` data-events="${site.events}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="masthead">
<a class="brand" href="/">${RIDGE}Arête</a>
<nav aria-label="Pages">${site.pages.map(
    ({ href, label }) =>
      html`<a href="${href}"${href === page.under ? html` aria-current="page"` : undefined}>${label}</a>`,
  )}</nav>
<p class="where"><span class="live" role="status">&nbsp;</span><span>${site.place}</span></p>
</header>
<main id="main" tabindex="-1">
${page.body}
</main>
<footer class="colophon">
<p>${links.map(({ href, label }, index) => html`${index === 0 ? '' : ' · '}<a href="${href}">${label}</a>`)}</p>
<p>Arête ${site.version}. All times are UTC. What strangers wrote is shown as text, with a dot for what cannot be seen.</p>
</footer>
</body>
</html>
`.text
}

// A sheet of its own would be waited for before anything is painted, and then all that came meanwhile is laid out at once.
const SHEET = new Markup(`<style>${STYLE}</style>`)

/** A ridge: the mark of the house. */
const RIDGE = html`<svg viewBox="0 0 38 25" aria-hidden="true"><path d="M1 24 11 9l5 6L25 1l12 23" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/><path d="M25 1l-4.5 12 4 3-3 8" fill="none" stroke="currentColor" stroke-width="1.2" stroke-opacity=".55"/></svg>`

export const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#175c9c"/><path d="M3 25 11 13l4 5 7-11 7 18" fill="none" stroke="#fff" stroke-width="2.4" stroke-linejoin="round" stroke-linecap="round"/></svg>'
