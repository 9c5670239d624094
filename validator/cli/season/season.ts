import fs from 'node:fs'
import { desc } from 'drizzle-orm'
import colors from 'picocolors'
import { findNewestSettlement } from '../../chain/newest-settlement.ts'
import { type CheckedReceipts, checkReceiptFiles, checkReceipts } from '../../receipts/receipt-files.ts'
import { replay } from '../../receipts/replay.ts'
import type { PayLine } from '../../scoring/season/pay.ts'
import type { Season } from '../../scoring/season/season.ts'
import type { Standings } from '../../scoring/season/standings.ts'
import { emissions } from '../../store/schema.ts'
import { buildSeasonApp } from '../../web/season-app.ts'
import { UsageError } from '../errors.ts'
import { withRecords } from '../operator/operator.ts'
import { shown } from '../places.ts'
import { serveHere } from '../serve-here.ts'
import { asJson, counted, oneLine, plain } from '../text.ts'

const NAME = 24

/**
 * `arete board --replay <receipts>`: recomputes duels, board and weights from receipts alone, of files or of a validator by its address,
 * and compares them with what was signed.
 * With `web` the pages show it until they are told to stop. Exit code 1 if anything does not follow.
 */
export async function replayBoard(
  place: string,
  { json, web, port = 0 }: { readonly json?: true; readonly web?: true; readonly port?: number },
): Promise<number> {
  const { receipts, mistakes: broken } = await readReceipts(place)
  const sorted = receipts.toSorted((one, other) => one.sequence - other.sequence)
  const first = sorted[0]?.sequence
  const cut = first === undefined || first === 1 ? [] : [`receipts 1 to ${first - 1} are missing`]
  const season = replay(sorted)
  const mistakes = [...broken, ...cut, ...season.mistakes]
  const standings = season.settlements.at(-1)?.standings
  if (json) console.log(asJson({ receipts: receipts.length, mistakes, standings: standings ?? null }))
  else {
    if (standings !== undefined)
      console.log(`${renderStandings(standings, namesOf(season), process.stdout.columns ?? 100)}\n`)
    for (const mistake of mistakes) console.error(plain(mistake))
    if (mistakes.length === 0)
      console.log(
        `${counted(receipts.length, 'receipt')}: ${counted(season.duels.length, 'duel')} and ${counted(season.settlements.length, 'settled window')} follow from them, byte for byte`,
      )
  }
  if (web) {
    if (standings === undefined)
      throw new UsageError(`Cannot show ${shown(place)}: no window is settled in it`)
    const now = { season, open: [], block: standings.block, counted: new Date(), spent: new Map() }
    await serveHere(() => buildSeasonApp(now, shown(place)), { what: 'The board of these receipts', port })
  }
  return mistakes.length === 0 ? 0 : 1
}

/** From files, or from a validator as far as they are open. */
async function readReceipts(place: string): Promise<CheckedReceipts> {
  if (!/^https?:\/\//.test(place)) {
    if (!fs.existsSync(place)) throw new UsageError(`There is no file or folder ${shown(place)}`)
    return await checkReceiptFiles(place)
  }
  const { openClient } = await import('../../web/client.ts')
  const read: { file: string; value: unknown }[] = []
  for await (const value of openClient(place).receipts())
    read.push({ file: `receipt ${read.length + 1}`, value })
  return await checkReceipts(place, read)
}

/** `arete weights plan`: what the newest settled window pays, line by line, and how far it is on its way to the chain. */
export async function showPlan({ json }: { readonly json?: true }): Promise<number> {
  return await withRecords(async ({ database: { db } }) => {
    const newest = await findNewestSettlement(db)
    const [sent] = await db.select().from(emissions).orderBy(desc(emissions.window)).limit(1)
    if (newest === undefined) {
      console.log(json ? 'null' : 'No window is settled yet: weights follow from the first that is')
      return
    }
    const { window, standings } = newest
    const { pay } = standings
    const state = sent?.window === window ? sent.state : 'not yet planned'
    if (json) return console.log(asJson({ window, ...pay, state, said: sent?.said ?? null }))
    console.log(
      [
        colors.bold(`Window ${window}, settled at block ${standings.block}`),
        ...pay.lines.map(renderLine),
        `${percent(pay.burned)}  burned (uid 0)`,
        '',
        `Weights    ${pay.weights.map(([uid, weight]) => `${uid}: ${weight}`).join(', ')}`,
        `Chain      ${state}${sent?.said == null ? '' : `: ${plain(sent.said)}`}`,
      ].join('\n'),
    )
  })
}

function renderLine({ hotkey, why, share, to }: PayLine): string {
  const whom =
    to.kind === 'uid'
      ? `uid ${to.uid}`
      : `burned: ${to.because === 'no-miner' ? 'it is no miner' : 'it is not registered'}`
  return `${percent(share)}  ${plain(hotkey)}  ${why === 'champion' ? 'holds the crown' : 'proven gain'}  ${colors.dim(whom)}`
}

/** The board of a settled window for a terminal. */
function renderStandings(
  { window, rows, reigns, pay }: Standings,
  names: ReadonlyMap<string, string>,
  width: number,
): string {
  const champion = reigns.at(-1)?.submission
  const lines = rows.map(({ rank, submission, layer, total }) => {
    const name = oneLine(names.get(submission) ?? submission, NAME).padEnd(NAME)
    const score = `${total.score.toFixed(3)} [${total.low.toFixed(3)}, ${total.high.toFixed(3)}]`
    const mark = submission === champion ? 'champion' : `layer ${layer}`
    return oneLine(`${String(rank).padStart(3)}  ${name}  ${score}  ${mark}`, width)
  })
  const weights = pay.weights.map(([uid, weight]) => `${uid}: ${weight}`).join(', ')
  return [colors.bold(`Window ${window}`), ...lines, `Weights ${weights}`].join('\n')
}

function namesOf({ entries }: Season): Map<string, string> {
  return new Map([...entries.values()].map(({ submission, agent }) => [submission, agent]))
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1).padStart(5)} %`
}
