import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import type { Archive } from './archive.ts'

/** What a server makes anew, or must not have from another one (PostgreSQL's manual, 25.3.4). */
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|pg_(wal|replslot|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)\/.*|(.*\/)?pgsql_tmp.*|.*\/t\d+_\d+.*|.*\/pg_internal\.init.*|backup_label|server\.log.*)$/
const SEGMENT = /^[0-9A-F]{24}$/

/**
 * Copies a cluster while its server runs: first its files, whatever is written meanwhile, then the log of all that was written since
 * the start. Together they are the state at some moment after the copy of the files.
 *
 * @param cluster - folder of the server's files
 */
export async function copyCluster(url: string, cluster: string, archive: Archive): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'arete backup' })
  client.on('error', () => {})
  await client.connect()
  try {
    // Keeps the log from being removed until we are done; goes with the connection.
    await client.query("select pg_create_physical_replication_slot('arete_backup', true, true)")
    const { rows: started } = await client.query(
      "select pg_walfile_name(pg_backup_start('arete', true)) as first",
    )
    const { files, folders } = listFiles(cluster)
    await archive.add('folders.json', JSON.stringify(folders))
    for (const name of files) await archive.addFile(`data/${name}`, path.join(cluster, name))
    const { rows: ended } = await client.query(
      'select labelfile, spcmapfile, pg_walfile_name(lsn) as last from pg_backup_stop(true)',
    )
    await archive.add('data/backup_label', ended[0].labelfile)
    const log = path.join(cluster, 'pg_wal')
    const names = fs
      .readdirSync(log)
      .filter(name => SEGMENT.test(name))
      .sort()
    for (const name of names)
      if (name >= started[0].first && name <= ended[0].last)
        await archive.addFile(`data/pg_wal/${name}`, path.join(log, name))
  } finally {
    await client.end().catch(() => {})
  }
}

function listFiles(cluster: string): { files: string[]; folders: string[] } {
  const all = fs.readdirSync(cluster, { recursive: true, withFileTypes: true }).map(entry => ({
    name: path.relative(cluster, path.join(entry.parentPath, entry.name)),
    isFolder: entry.isDirectory(),
    isFile: entry.isFile(),
  }))
  return {
    folders: all
      .filter(({ isFolder, name }) => isFolder && !/^pg_replslot\/.|pgsql_tmp/.test(name))
      .map(({ name }) => name),
    files: all.filter(({ isFile, name }) => isFile && !LEFT_OUT.test(name)).map(({ name }) => name),
  }
}
