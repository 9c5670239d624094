import { parentPort, workerData } from 'node:worker_threads'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

// A broken file makes the reader hang, or throw where nobody can catch it: only the end of this thread is certain.
parentPort.postMessage(await parquetReadObjects({ file: workerData, compressors }))
