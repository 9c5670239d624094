/** Positions on bars are classes, since a strict policy lets no element carry a style of its own. */
const steps = Array.from({ length: 101 }, (_, step) => step)
const PLACES = steps.map(step => `.s${step}{--s:${step}%}.l${step}{--l:${step}%}.h${step}{--h:${step}%}`)

/** Tables as in print: three rules, air, numbers below each other. */
export const TABLES = `
.scroll { overflow-x: auto; scrollbar-width: thin; position: relative; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.4; border-block: 1.5px solid var(--rule); }
caption, figcaption { text-align: left; font-size: .86rem; color: var(--soft); padding-bottom: .55rem; max-width: min(60rem, calc(100vw - 2.2rem)); }
caption b, figcaption b { font-weight: 600; color: var(--ink); }
th, td { overflow-wrap: break-word; text-align: left; padding: .5rem .9rem .5rem 0; vertical-align: baseline; font-weight: 400; border-top: 1px solid var(--line); }
thead th { color: var(--soft); font-size: .8rem; border-top: 0; vertical-align: bottom; line-height: 1.3; }
thead td { border: 0; }
thead tr:last-child th { border-bottom: 1px solid var(--rule); }
tbody tr:first-child > * { border-top: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
tbody th a { font-weight: 600; color: var(--ink); text-decoration-color: var(--line); }
tbody th a:hover { color: var(--accent); }
tbody tr:hover > * { background-color: var(--wash); }
thead a { color: inherit; text-decoration: none; white-space: nowrap; }
thead a:hover, thead [aria-sort] a { color: var(--accent); text-decoration: underline; }
.group { text-align: left; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }

/* A cell: score, interval and number of tasks above a bar that shows the same. */
.cell { min-width: 7rem; padding-bottom: .95rem; white-space: nowrap; color: var(--soft); font-size: .74rem; }
.cell b { font-weight: 600; font-size: .875rem; color: var(--ink); display: block; }
.cell, .bar::after {
  background-image:
    linear-gradient(90deg, transparent calc(var(--s) - 1.5px), var(--accent) 0 calc(var(--s) + 1.5px), transparent 0),
    linear-gradient(90deg, transparent var(--l), var(--span) 0 var(--h), transparent 0),
    linear-gradient(var(--line), var(--line));
  background-repeat: no-repeat; }
.cell { --width: calc(100% - .9rem); background-size: var(--width) 6px, var(--width) 6px, var(--width) 1px;
  background-position: 0 calc(100% - .38rem), 0 calc(100% - .38rem), 0 calc(100% - .38rem - 2.5px); }
.cell:last-child { --width: 100%; }
.none.cell { background-image: none; }
.bar::after { content: ''; position: absolute; inset: auto 0 3px 0; height: 6px; border-radius: 1px;
  background-size: 100% 6px, 100% 6px, 100% 1px; background-position: 0 0, 0 0, 0 50%; }
.bar { position: relative; display: block; height: 12px; min-width: 6rem; max-width: 16rem; }
.amount::after { background: linear-gradient(90deg, var(--accent) var(--s), transparent 0); opacity: .75; }
td.cell { max-width: 15rem; }
.range { max-width: none; }
.range::after { background: linear-gradient(90deg, transparent var(--l), var(--accent) 0 max(var(--h), calc(var(--l) + 3px)), transparent 0), linear-gradient(var(--line), var(--line)) 0 50% / 100% 1px no-repeat; }
.both::after { background: linear-gradient(90deg, transparent calc(50% - .5px), var(--soft) 0 calc(50% + .5px), transparent 0), linear-gradient(90deg, transparent var(--l), var(--accent) 0 var(--h), transparent 0), linear-gradient(var(--line), var(--line)) 0 50% / 100% 1px no-repeat; }
.reigns .span { width: 45%; min-width: 9rem; }
.slim { width: auto; min-width: min(34rem, 100%); }
.none { color: var(--soft); }
${PLACES.join('')}

.subnets tbody th { min-width: 9rem; }
.subnets .signals { min-width: 20rem; }
`
