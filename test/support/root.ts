/** Whether a test that mounts something or gives files to others cannot run here; then it is said. */
export function whyNotRoot(what: string): string | undefined {
  if (process.getuid?.() === 0) return undefined
  console.warn(`Not tested: ${what}; that wants root`)
  return 'that wants root'
}
