import { findLeaks } from '../../sandbox/leaks.ts'
import type { Rule } from './rule.ts'

/** Nothing hidden may be readable for an agent, nor for who has the image. */
export const leaks: Rule = {
  name: 'leaks',
  isSlow: false,
  steps: () => 1,
  async run({ slot, prepared, reason, step }) {
    const found = await findLeaks(slot, prepared)
    for (const file of found) reason(`hidden lines can be read in ${file}`)
    step()
    return { leaks: found }
  },
}
