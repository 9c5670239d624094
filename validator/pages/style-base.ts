/** Colours, type, and what stands around each page. Blue and rust are told apart by every eye. */
export const BASE = `
:root {
  color-scheme: light dark;
  --ground: #fdfcf9; --panel: #f6f4ee; --ink: #1c1f24; --soft: #5b616b; --line: #e3e0d7; --rule: #1c1f24;
  --accent: #175c9c; --tint: #175c9c1f; --span: #175c9c4d; --wash: #175c9c12; --rust: #a33f22; --rust-tint: #a33f2217;
  --serif: 'Iowan Old Style', 'Palatino Linotype', 'URW Palladio L', P052, ui-serif, Charter, Georgia, serif;
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
  --mono: ui-monospace, 'SF Mono', SFMono-Regular, Menlo, 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131518; --panel: #1a1d21; --ink: #e9e7e2; --soft: #a0a6af; --line: #2c3036; --rule: #8d929a;
    --accent: #8abdf0; --tint: #8abdf033; --span: #8abdf066; --wash: #8abdf014; --rust: #f0a188; --rust-tint: #f0a18820;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; scrollbar-gutter: stable; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 400 1rem/1.6 var(--sans);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; text-rendering: optimizeLegibility; }
.masthead, main, .colophon { max-width: 92rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 3.5rem); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -99rem; top: 0; background: var(--ground); padding: .5rem 1rem; z-index: 9; }
.skip:focus { left: 0; }

.masthead { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.75rem; padding-block: 1.4rem .9rem; }
.brand { display: inline-flex; align-items: center; gap: .6rem; font: 500 1.45rem/1 var(--serif); letter-spacing: .01em; color: var(--ink); text-decoration: none; }
.brand svg { width: 1.9rem; height: 1.25rem; color: var(--accent); }
.masthead nav { display: flex; flex-wrap: wrap; gap: .1rem 1.4rem; font-size: .92rem; }
.masthead nav a { color: var(--soft); text-decoration: none; padding: .3rem 0; border-bottom: 2px solid transparent; }
.masthead nav a:hover { color: var(--ink); }
.masthead nav a[aria-current] { color: var(--ink); border-color: var(--accent); }
.where { margin: 0 0 0 auto; font-size: .82rem; color: var(--soft); display: flex; gap: .9rem; align-items: baseline; }
.live { display: inline-block; min-width: 5.6em; white-space: nowrap; visibility: hidden; }
.live::before { content: ''; display: inline-block; width: .5em; height: .5em; margin-right: .45em; border-radius: 50%; background: var(--soft); }
.live[data-state] { visibility: visible; }
.live[data-state='on']::before { background: var(--accent); }

main { padding-block: 1.2rem 4rem; }
h1, h2, h3 { font-family: var(--serif); font-weight: 500; line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 1.4rem + 2vw, 2.7rem); letter-spacing: -.012em; margin: .2rem 0 .6rem; }
h2 { font-size: 1.4rem; margin: 3.2rem 0 .9rem; }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .5rem; }
p { margin: 0 0 .8rem; max-width: 44rem; text-wrap: pretty; }
.eyebrow { margin: 0; font-size: .74rem; letter-spacing: .09em; text-transform: uppercase; color: var(--soft); }
.standfirst { font: 400 1.16rem/1.62 var(--serif); max-width: 46rem; margin-bottom: 1.6rem; }
.note, small { font-size: .86rem; color: var(--soft); }
time { white-space: nowrap; }
.soft { color: var(--soft); }
code, pre, kbd { font-family: var(--mono); font-size: .86em; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; }
code { background: var(--panel); padding: .08em .3em; border-radius: 3px; }
pre code, .bare { background: none; padding: 0; }

.colophon { border-top: 1px solid var(--line); padding-block: 1.4rem 2.6rem; font-size: .86rem; color: var(--soft); }
.colophon p { max-width: none; margin-bottom: .3rem; }
.colophon a { color: inherit; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

@media (max-width: 40rem) {
  .masthead { padding-top: 1rem; }
  .where { margin-left: 0; width: 100%; justify-content: space-between; }
  .masthead nav { gap: .1rem 1.15rem; }
  h2 { margin-top: 2.4rem; }
}
@media (prefers-reduced-motion: no-preference) {
  .changed { animation: changed 2.4s ease-out; }
  @keyframes changed { from { background-color: var(--tint); } }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --panel: #f6f6f6; --ink: #000; --soft: #444; --line: #ccc; --rule: #000; --accent: #0b4f8a; }
  body { font-size: 9.5pt; }
  .masthead nav, .skip, .live, .controls, .copy { display: none; }
  .masthead, main, .colophon { max-width: none; padding-inline: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  figure, tr, .card { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .colophon a::after { content: ' (' attr(href) ')'; }
}
`
