import { importProgram } from '../../validator/import-program.mjs'

// For `--import`: a command that is started as a program of its own.
const { scanEvaluations } = await importProgram('test/support/scan.ts')
scanEvaluations()
