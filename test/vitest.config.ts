import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

const root = path.resolve(import.meta.dirname, '..')

/** One project per need: nothing, a container engine, or the whole program; one after the other, since load changes times. */
export default defineConfig({
  root,
  test: {
    reporters: ['default', path.join(root, 'test/support/count-reporter.ts')],
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    globalSetup: path.join(root, 'test/support/database-server.ts'),
    coverage: {
      include: [
        'task-bank/{*,draw/*}.ts',
        'sandbox/{policy,report,spec,users,owner}.ts',
        'validator/{scoring,queue}/*.ts',
        'validator/attempt/trajectory.ts',
        'validator/runs/record.ts',
      ],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{docker,alone,e2e}.test.ts', 'test/fixtures/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Loading our modules anew for each of 140 files would take as long as the tests.
          isolate: false,
          // What V8 does by itself once a process has compiled 16 MB of expressions: then those that match millions of characters fail.
          execArgv: ['--no-regexp-optimization'],
          unstubEnvs: true,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'sandbox',
          sequence: { groupOrder: 1 },
          include: ['test/**/*.docker.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          maxConcurrency: 2,
        },
      },
      {
        extends: true,
        test: {
          // What makes the machine busy, or must not be kept busy by others.
          name: 'alone',
          sequence: { groupOrder: 2 },
          include: ['test/**/*.alone.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 3 },
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
