/** Of the large table only. It is a sheet of its own, in front of the table, so that what stands above is painted while it comes. */
export const BOARD = `
/* The board: the name stays while the environments pass by, and what nobody looks at is not laid out. */
.parts { display: grid; grid-template-columns: minmax(100%, max-content); }
.part { min-width: 0; }
.part + .part { content-visibility: auto; contain-intrinsic-size: 0 auto 30rem; }
.part + .part table { border-top: 0; }
.part:not(:last-child) table { border-bottom: 0; }
.part + .part tbody:first-of-type tr:first-child > * { border-top: 1px solid var(--line); }
.board .quiet th { padding: 0; border: 0; line-height: 0; }
.board table { table-layout: fixed; width: max-content; min-width: 100%; }
.board th:first-child, .board td:first-child { width: 3.1rem; }
.board .who { width: 13.5rem; }
.board .score { width: 8rem; }
.board .state { width: 7.6rem; }
.board .spend { width: 5.6rem; }
.board .trend { width: 6.6rem; }
.board .environment { width: 7.5rem; }
.board tbody th { position: sticky; left: 0; background: var(--ground); z-index: 1; }
.board tbody tr:hover th { background: linear-gradient(var(--wash), var(--wash)), var(--ground); }
.board thead .who { position: sticky; left: 0; background: var(--ground); z-index: 2; }
.board tbody th a, .board tbody th span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.board tbody th span, .board td small { display: block; font-size: .76rem; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.board tr.crown th a::before { content: '\\265B\\00a0'; color: var(--accent); }
.board tr.crown > * { border-bottom: 1px solid var(--rule); }
.board .layer > * { padding: 1.1rem 0 .3rem; font-size: .76rem; letter-spacing: .06em; color: var(--soft); }
@media (min-width: 100rem) { .board { --wide: min(calc(100vw - 5rem), 128rem); width: var(--wide); margin-left: calc((100% - var(--wide)) / 2); } }
@media (max-width: 40rem) {
  .wide { display: none; }
  .board .who { width: 10.5rem; }
  .board tbody th { box-shadow: 1px 0 0 var(--line); }
}
`
