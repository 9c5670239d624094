import { scanEvaluations } from './scan.ts'

// For `--import`: a command that is started as a program of its own.
scanEvaluations()
