/** What has become of a task of a pool. */
export type TaskState =
  | { readonly kind: 'fresh' }
  /** Drawn for a window or for confirmations in it, and secret still. */
  | { readonly kind: 'live'; readonly window: number; readonly by: 'window' | 'confirmation' }
  /** Published after that window, and never drawn again. */
  | { readonly kind: 'retired'; readonly window: number }

export type TaskEvent =
  | { readonly kind: 'drawn'; readonly window: number; readonly by: 'window' | 'confirmation' }
  | { readonly kind: 'published'; readonly window: number }

export const FRESH: TaskState = { kind: 'fresh' }

/**
 * What becomes of a task; undefined if that may not happen to it. Drawn once, it is for its window alone; several confirmations
 * of that window may share it, but none takes what the window's own draw took.
 */
export function step(state: TaskState, event: TaskEvent): TaskState | undefined {
  switch (state.kind) {
    case 'fresh':
      return event.kind === 'drawn' ? { kind: 'live', window: event.window, by: event.by } : undefined
    case 'live':
      if (event.window !== state.window) return undefined
      if (event.kind === 'published') return { kind: 'retired', window: state.window }
      return event.by === 'confirmation' && state.by === 'confirmation' ? state : undefined
    case 'retired':
      return undefined
  }
}
