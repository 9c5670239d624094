import { parentPort, workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

// A thread does not take over the loader of the process that starts it.
register()
const { fingerprintAgent } = await import('./copies/fingerprint.ts')
const prints = []
for (const files of workerData) prints.push(await fingerprintAgent(files))
parentPort.postMessage(prints)
