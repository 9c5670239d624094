/** A path or address without the slashes at its end. To search for them by an expression would take the square of their number. */
export function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}
