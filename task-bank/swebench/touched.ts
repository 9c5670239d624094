/** Paths that a unified diff names, new ones and those it removes, in its order; as git writes them. */
export function touchedBy(diff: string): string[] {
  const names = new Set<string>()
  for (const line of diff.split('\n')) {
    const header = /^(?:---|\+\+\+) (?:"?[ab]\/(.*?)"?)\t?$/.exec(line)
    const moved = /^(?:rename|copy) (?:from|to) (.*)$/.exec(line)
    const name = header?.[1] ?? moved?.[1]
    if (name !== undefined && name !== '') names.add(name)
    const whole = /^diff --git a\/(\S+) b\/(\S+)$/.exec(line)
    if (whole !== null) names.add(whole[2]!)
  }
  return [...names]
}
