/** Cents of a price such as "19.99". */
export function parsePrice(text) {
  return Number(text.replace('.', ''))
}
