import { agentEvents, agentLines } from './agent-lines.ts'
import { agentFolder, agentManifest } from './agents.ts'
import { archive, files } from './archives.ts'
import { reference, searched } from './checks.ts'
import { compose, taskArchive, taskLists, terminalBench } from './collections.ts'
import { drawForged, drawProof, environmentsFile, poolFile, poolSecrets } from './draws.ts'
import { faultSources, faultStatements } from './faults.ts'
import { frames, replies } from './frames.ts'
import { historyLog, historyTexts } from './history.ts'
import { dockerfile, users } from './images.ts'
import { liftFiles, liftSecrets } from './lifting.ts'
import { mappedDockerfile, mappingFile } from './mappings.ts'
import { mirrorBoards } from './mirrors.ts'
import { outlets } from './outlets.ts'
import { patchDiff, patchModel, patchTree } from './patches.ts'
import { policy } from './policy.ts'
import { shown, stored, terminalText } from './records.ts'
import { reportJunk, reportLines } from './reports.ts'
import { parquetFile, predictionFile, recipeFile, rowFile, taskRepository, testLog } from './rows.ts'
import { sites } from './sites.ts'
import { envelope, packedAgent, walletFile } from './submissions.ts'
import type { Target } from './target.ts'
import { taskFolder, taskManifest } from './tasks.ts'
import { canonical, equality } from './values.ts'
import { zip } from './zips.ts'

/** Everything that reads what strangers wrote. */
export const TARGETS: readonly Target[] = [
  reference,
  searched,
  policy,
  patchDiff,
  patchTree,
  patchModel,
  archive,
  files,
  zip,
  reportLines,
  reportJunk,
  canonical,
  equality,
  sites,
  frames,
  replies,
  agentEvents,
  agentLines,
  taskManifest,
  taskFolder,
  compose,
  taskLists,
  terminalBench,
  taskArchive,
  outlets,
  agentManifest,
  agentFolder,
  dockerfile,
  users,
  stored,
  terminalText,
  shown,
  liftFiles,
  liftSecrets,
  rowFile,
  parquetFile,
  taskRepository,
  predictionFile,
  recipeFile,
  testLog,
  poolFile,
  poolSecrets,
  drawProof,
  drawForged,
  environmentsFile,
  historyLog,
  historyTexts,
  faultSources,
  faultStatements,
  mappedDockerfile,
  mappingFile,
  mirrorBoards,
  packedAgent,
  envelope,
  walletFile,
]
