import { sha256 } from '../../sandbox/digest.ts'
import { renderBoard } from '../pages/board.ts'
import type { BoardPage } from '../pages/board-data.ts'
import type { BoardView } from '../pages/board-view.ts'
import type { Site } from '../pages/layout.ts'

/** A page, and the tag to ask for it again with. */
export interface Drawn {
  readonly text: string
  readonly tag: string
}

/** So many wishes are kept beside each other; whoever wishes something else has it drawn for himself. */
const MOST = 50

/** Many readers ask for the same after each change: each board is drawn once for all who wish the same of it. */
export function keepDrawn(site: Site): (board: BoardPage, view: BoardView) => Drawn {
  const drawn = new WeakMap<BoardPage, Map<string, Drawn>>()
  return (board, view) => {
    const known = drawn.get(board) ?? new Map<string, Drawn>()
    drawn.set(board, known)
    const key = JSON.stringify(view)
    const page = known.get(key) ?? draw(site, board, view)
    if (known.size < MOST) known.set(key, page)
    return page
  }
}

function draw(site: Site, board: BoardPage, view: BoardView): Drawn {
  const text = renderBoard(site, board, view)
  return { text, tag: `"${sha256(Buffer.from(text)).slice(0, 32)}"` }
}
