import { afterEach, beforeEach } from 'vitest'
import { observeInto } from './observe.mjs'

/** Set-up file of every test file: what a test observes goes along with its result. */
let observations = []
observeInto((site, value) => observations.push({ site, value }))

beforeEach(({ task }) => {
  observations = []
  task.meta.arete = observations
})
afterEach(({ task }) => {
  task.meta.arete = observations
})
