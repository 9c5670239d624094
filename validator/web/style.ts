/** One sheet for all pages: light and dark, from a phone to a wide screen. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --ground: #fbfbf9; --accent: #1f6f5c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebef; --soft: #a3adba; --line: #333d49; --ground: #14191f; --accent: #6cc9b0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; letter-spacing: .02em; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
header p, footer, caption, small { color: var(--soft); }
small { display: block; font-size: .8rem; }
a { color: var(--accent); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .85rem; padding-bottom: .5rem; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; font-weight: 400; }
thead th { color: var(--soft); font-size: .85rem; }
tbody th { font-weight: 600; }
tbody th small { font-weight: 400; }
.counts { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 1.5rem; }
.counts b { font-size: 1.3rem; }
code { background: color-mix(in srgb, var(--line) 50%, transparent); padding: .1em .35em; border-radius: .25em; }
footer { margin-top: 3rem; font-size: .85rem; }
`
