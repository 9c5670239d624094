import fc from 'fast-check'
import { MirrorBoard, MOST_ENTRIES, SOURCES } from '../../validator/mirrors/mirror.ts'
import { readMirror } from '../../validator/mirrors/read.ts'
import { anyJson, anyText, deep, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const HOTKEY = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'
const SEEDS = [
  `{"window":{"champion":{"uid":7,"hotkey":"${HOTKEY}","model":"a/b"}},"queue":[{"uid":9,"model":"c/d"}],"scores":{"block_number":1,"scores":[{"uid":9,"overall_score":0.5,"scores_by_env":{"SWE":0.4,"T":{"score":1}}},{"uid":7,"is_valid":false,"invalid_reason":"x"}]}}`,
  `[{"agent_id":"x","name":"fixer","version_num":3,"miner_hotkey":"${HOTKEY}","final_score":0.38,"cost":0.1,"status":"finished"}]`,
  `{"${HOTKEY}":0.25}`,
]
const TOKENS = [
  '1e999',
  '-1e999',
  'null',
  '"\\u001b[2J"',
  '"\\u202e"',
  '"__proto__"',
  '{"__proto__":1}',
  '-0',
  deep(5000),
]

/** The board of another subnet, or anything: bounded, finite and clean rows in order; or mistakes in words. */
export const mirrorBoards = target<{ readonly source: (typeof SOURCES)[number]; readonly text: string }>({
  name: 'mirror-board',
  short: 300,
  cases: fc.record({
    source: fc.constantFrom(...SOURCES),
    text: fc.oneof(
      { weight: 5, arbitrary: mutated(SEEDS, TOKENS) },
      { weight: 2, arbitrary: anyJson.map(value => JSON.stringify(value) ?? '') },
      { weight: 1, arbitrary: anyText },
    ),
  }),
  check({ source, text }) {
    const read = readMirror(source, Buffer.from(text))
    if ('mistakes' in read) {
      must(
        read.mistakes.length > 0 && read.mistakes.every(isClean),
        'No mistake, or one that is not clean',
        read.mistakes,
      )
      return
    }
    must(MirrorBoard.safeParse(read).success, 'It is no board', read)
    must(read.entries.length <= MOST_ENTRIES, 'More rows than may be')
    for (const [index, { rank, name, status, environments }] of read.entries.entries()) {
      must(rank === index + 1, 'Ranks are not in order', rank)
      must(
        [name, status ?? '', ...Object.keys(environments)].every(isClean),
        'A text is not clean',
        name,
        status,
      )
    }
    const again = MirrorBoard.parse(JSON.parse(JSON.stringify(read)))
    must(
      JSON.stringify(again) === JSON.stringify(MirrorBoard.parse(read)),
      'It is another one once it was kept',
      read,
    )
  },
})

function isClean(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) && text.length <= 1000
}
