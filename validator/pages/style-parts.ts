/** Cards, meters, plots, steps, diffs. */
export const PARTS = `
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr)); gap: 1.2rem; margin: 1.8rem 0; }
.card { background: var(--panel); border-radius: 6px; padding: 1.25rem 1.4rem 1.3rem; }
.card h2, .card h3 { margin: .15rem 0 .7rem; font-size: 1.32rem; }
.card p:last-child { margin-bottom: 0; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.4rem; margin: 0 0 1.2rem; font-size: .92rem; max-width: 60rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; }
.figures { display: flex; flex-wrap: wrap; gap: .9rem 2.6rem; margin: 0 0 1.6rem; padding: 0; list-style: none; }
.figures b { display: block; font: 500 1.65rem/1.2 var(--serif); font-variant-numeric: tabular-nums lining-nums; }
.figures span { font-size: .84rem; color: var(--soft); }
.mark { font-weight: 600; white-space: nowrap; }
.mark::before { font-weight: 700; margin-right: .4em; display: inline-block; width: 1em; text-align: center; }
.solved { color: var(--accent); } .solved::before { content: '\\2713'; }
.unsolved { color: var(--rust); } .unsolved::before { content: '\\2717'; }
.invalid { color: var(--rust); } .invalid::before { content: '\\2205'; }
.pending, .void { color: var(--soft); } .pending::before { content: '\\2026'; } .void::before { content: '\\2013'; }
.tag { display: inline-block; font-size: .74rem; line-height: 1.5; padding: 0 .5em; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); white-space: nowrap; }
.tag.strong { color: var(--accent); border-color: currentColor; }
.tag.warn { color: var(--rust); border-color: currentColor; }

.narrow { max-width: 34rem; margin-bottom: 1.6rem; } .narrow svg { display: block; width: 100%; height: auto; }
.meter { margin-bottom: .6rem; }
.meter svg .middle { stroke: var(--ink); stroke-width: 1.5; }
.ends { display: flex; justify-content: space-between; gap: 1rem; margin: .35rem 0 .5rem; font-size: .86rem; color: var(--soft); max-width: none; }
.ends b { color: var(--ink); font-weight: 600; } .against { font-size: .92rem; margin-bottom: .7rem; color: var(--soft); }
.card h2 a { color: inherit; text-decoration-color: var(--line); } .card .note { margin: 0; } .card .facts { margin: 0; grid-template-columns: max-content 1fr; }
.pair { display: grid; gap: 0 4rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 75rem) { .pair { grid-template-columns: minmax(0, 1.75fr) minmax(0, 1fr); } .pair.even { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }

figure { margin: 0 0 2rem; }
figcaption { padding: .6rem 0 0; }
figure svg, .card svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-family: var(--sans); font-size: 13px; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .label { fill: var(--ink); } svg .strong { fill: var(--accent); font-weight: 600; }
svg .axis, svg .grid { stroke: var(--line); fill: none; shape-rendering: crispEdges; } svg .axis { stroke: var(--soft); }
svg .curve { stroke: var(--accent); fill: none; stroke-width: 2; stroke-linejoin: round; } svg .curve.second { stroke: var(--soft); stroke-width: 1.5; }
svg .threshold { stroke: var(--ink); stroke-dasharray: 2 4; fill: none; } svg .threshold.bad { stroke: var(--rust); }
svg .dot { fill: var(--accent); } svg .dot.quiet { fill: var(--soft); fill-opacity: .5; } svg .whisker { stroke: var(--soft); stroke-opacity: .45; }
svg .front { stroke: var(--accent); stroke-opacity: .6; fill: none; }
svg .fill { fill: var(--accent); } svg .fill.quiet { fill: var(--soft); fill-opacity: .35; } svg .fill.light { fill: var(--tint); } svg .fill.bad { fill: var(--rust); } svg .track { fill: var(--line); }
svg .halo { stroke: var(--ground); stroke-width: 3px; paint-order: stroke; stroke-linejoin: round; }
svg.spark { width: 5rem; height: 1.4rem; display: inline-block; vertical-align: middle; }
figure .large-screen { max-width: 60rem; } figure .small-screen { display: none; max-width: 30rem; }
@media (max-width: 44rem) { figure .small-screen { display: block; } figure .large-screen { display: none; } }

.controls { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: 0 0 1.1rem; font-size: .86rem; }
.controls label { color: var(--soft); display: grid; gap: .15rem; }
input, select, button { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid color-mix(in srgb, var(--soft) 75%, transparent); border-radius: 4px; padding: .32rem .6rem; min-height: 2.1rem; max-width: 100%; }
button { background: var(--ink); color: var(--ground); border-color: var(--ink); cursor: pointer; padding-inline: 1rem; }
.controls .hits { margin: 0 0 .35rem auto; color: var(--soft); }

.tasks { columns: 18rem; column-gap: 2.5rem; padding-left: 1.1rem; font-size: .92rem; }
details { margin: 0 0 .8rem; }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; width: fit-content; }
summary:hover { color: var(--ink); }
.log { background: var(--panel); border-radius: 6px; padding: .9rem 1.1rem; max-height: 32rem; overflow: auto; margin-top: .5rem; }
.log pre { font-size: .8rem; }
.more { font-size: .82rem; color: var(--soft); margin: .4rem 0 0; }

.steps { list-style: none; margin: 0; padding: 0; max-width: 68rem; }
.steps > li { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr); gap: 0 1.1rem; padding: .7rem 0; border-top: 1px solid var(--line); }
.steps .when { font-size: .8rem; color: var(--soft); text-align: right; padding-top: .12rem; }
.steps .what { display: flex; flex-wrap: wrap; gap: .2rem .8rem; font-size: .8rem; color: var(--soft); align-items: baseline; }
.steps pre { font-size: .82rem; margin-top: .25rem; }
.steps .command { font-weight: 600; }
.prose { font-family: var(--serif); font-size: 1.02rem; max-width: 46rem; margin: .2rem 0 .6rem; }
.prose p { margin: 0 0 .7rem; white-space: pre-line; } .prose pre { background: var(--panel); border-radius: 4px; padding: .7rem .9rem; margin: 0 0 .8rem; }
.steps .output { color: var(--soft); border-left: 2px solid var(--line); padding-left: .8rem; margin-top: .4rem; max-height: 22rem; overflow: auto; }
@media (max-width: 40rem) { .steps > li { grid-template-columns: minmax(0, 1fr); } .steps .when { text-align: left; } }

.diff { margin: 0 0 1.4rem; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.diff h3 { font: 600 .84rem/1.5 var(--mono); margin: 0; padding: .5rem .9rem; background: var(--panel); display: flex; gap: 1rem; justify-content: space-between; }
.diff table { border: 0; font: .8rem/1.55 var(--mono); }
.diff td { border: 0; padding: 0 .9rem; white-space: pre-wrap; vertical-align: top; }
.diff td.at { width: 1%; padding: 0 .5rem; text-align: right; color: var(--soft); user-select: none; white-space: nowrap; }
.diff .plus td { background: var(--tint); } .diff .minus td { background: var(--rust-tint); } .diff .hunk td { color: var(--soft); padding-block: .35rem; background: var(--wash); }
.tests td:first-child { width: 6.5rem; }
.tests code { background: none; padding: 0; }
.commands { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.2rem; margin: 0; }
.commands dt { color: var(--soft); font-size: .9rem; } .commands dd { margin: 0; }
@media (max-width: 40rem) { .facts:not(.card *), .commands { grid-template-columns: minmax(0, 1fr); gap: 0; } main > div > .facts dd, .commands dd { margin-bottom: .5rem; } }
`
