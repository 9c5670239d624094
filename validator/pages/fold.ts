import { Markup } from './markup.ts'

/** Where a page may be cut in two: what stands above can be painted before the rest has come. No stranger's text can hold it. */
export const FOLD = new Markup('<!--fold-->')

/** What stands above the fold, and the rest with the fold in front; undefined if the page has none. */
export function cutAtFold(page: string): { readonly top: string; readonly rest: string } | undefined {
  const at = page.indexOf(FOLD.text)
  return at === -1 ? undefined : { top: page.slice(0, at), rest: page.slice(at) }
}
