import { parentPort, workerData } from 'node:worker_threads'
import { importProgram } from '../import-program.mjs'

const { fingerprintAgent } = await importProgram('validator/copies/fingerprint.ts')
const prints = []
for (const files of workerData) prints.push(await fingerprintAgent(files))
parentPort.postMessage(prints)
