import { register } from 'tsx/esm/api'

// A thread does not take over the loader of the process that starts it.
register()
await import('./worker.ts')
