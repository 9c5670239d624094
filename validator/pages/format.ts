/** `42.3`: a share as points of a hundred. */
export function points(share: number, digits = 1): string {
  return (100 * share).toFixed(digits)
}

/** `+1.2`, with a real minus. */
export function signed(share: number, digits = 1): string {
  const text = points(Math.abs(share), digits)
  return Number(text) === 0 ? text : `${share < 0 ? '\u2212' : '+'}${text}`
}

/** `0.84 s`, `12.4 s`, `3 min 05 s`, `1 h 04 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** `$0.042`, with as many digits as tell something. */
export function money(dollars: number): string {
  if (dollars === 0) return '$0'
  return `$${dollars >= 100 ? dollars.toFixed(0) : dollars >= 1 ? dollars.toFixed(2) : dollars.toPrecision(2)}`
}

/** `7\u202f200`: thousands apart, as in print. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** `1 task`, `2 tasks`. */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`
}

/** `12.4k`, `3.1M`. */
export function brief(value: number): string {
  if (value < 1000) return String(Math.round(value))
  return value < 1e6 ? `${(value / 1000).toPrecision(3)}k` : `${(value / 1e6).toPrecision(3)}M`
}

/** How much evidence: `0.42`, `3.1`, `128`, `4.2e6`. */
export function evidence(value: number): string {
  if (!Number.isFinite(value)) return '\u221e'
  if (Number.isInteger(value) && value < 1e5) return String(value)
  if (value >= 1e5) return value.toExponential(1).replace('e+', '\u2009e')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** `2026-11-29 10:43`, in UTC. */
export function moment(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}

/** The first characters of a key or a digest. */
export function short(key: string, characters = 8): string {
  return key.length <= characters + 1 ? key : `${key.slice(0, characters)}\u2026`
}
