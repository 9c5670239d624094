#!/usr/bin/env node
import { importProgram } from '../import-program.mjs'

await importProgram('validator/cli/main.ts')
