import { parentPort } from 'node:worker_threads'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'

parentPort.on('message', text =>
  parentPort.postMessage(encode(text, { disallowedSpecial: new Set() }).length),
)
parentPort.postMessage('ready')
