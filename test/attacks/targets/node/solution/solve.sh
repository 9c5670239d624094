#!/bin/bash
cat > /app/src/pricing.js <<'END'
/** Cents of a price such as "19.99". */
export function parsePrice(text) {
  const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text)
  if (found === null) throw new RangeError(`Not a price: ${text}`)
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
}
END
