/**
 * Who was first: by block, then by place in it, then by hotkey. The place counts up over commits and arrivals, so that the order is
 * the same for everybody who sees the same.
 */
export interface Precedence {
  readonly block: number
  readonly index: number
  readonly hotkey: string
}
