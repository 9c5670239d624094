import type { Duplex, Readable } from 'node:stream'
import type { MachineChange } from './tools.ts'

/**
 * The seam to whatever runs containers. Everything that it makes carries the labels it is given; nothing else is ever
 * touched. Failures of the engine are thrown as `SandboxError`.
 */
export interface Engine {
  /** Version and size of the engine's machine. Fails if it does not answer within two seconds. */
  about(): Promise<EngineAbout>
  /** Creates a container, attaches to its streams and starts it. */
  open(spec: ContainerSpec): Promise<Container>
  /**
   * Creates a container that is never started, to read or write its files, or to be there: no two have the same name.
   *
   * @throws SandboxError with code `name-taken` or `image-missing`
   */
  openStopped(
    spec: Pick<ContainerSpec, 'image' | 'labels' | 'mounts'> & { name?: string },
  ): Promise<StoppedContainer>
  /** Starts a container that runs what its image, or the spec, says; as hardened as any, but for nobody to speak with. */
  openService(spec: ServiceSpec): Promise<ServiceContainer>
  /** A network of containers that has no way out, not even to the engine's machine. */
  createNetwork(name: string, labels: Labels): Promise<void>
  removeNetwork(name: string): Promise<void>
  findImage(reference: string): Promise<Image | undefined>
  /** @throws SandboxError with code `image-missing` if nothing came within `quietSeconds` */
  pullImage(reference: string, quietSeconds: number): Promise<void>
  /** Why a registry does not give an image, or undefined if it would; without taking it, and within so many seconds. */
  whyNotPulled(reference: string, seconds: number): Promise<string | undefined>
  importImage(tar: Readable, options: { tag: string; labels: Labels; env: readonly string[] }): Promise<void>
  /** @throws SandboxError with code `build-failed` and the last lines of output */
  buildImage(context: Readable, options: BuildOptions): Promise<void>
  removeImage(reference: string): Promise<void>
  /** Gives an image a name, which it may have already; the engine notes the time. */
  tagImage(reference: string, tag: string): Promise<void>
  /** Takes one name from an image, and removes it with its last; not if a container was made from it. */
  dropImage(name: string): Promise<'gone' | 'in use'>
  dropVolume(name: string): Promise<'gone' | 'in use'>
  /** What takes room: images and volumes with this label, `key` or `key=value`, and images whose names begin with `prefix`. */
  takeInventory(of: { label: string; prefix: string }): Promise<Inventory>
  /** Images with all their layers and configuration, as a tar in the form of `docker save`. */
  exportImages(references: readonly string[]): Promise<Readable>
  findVolume(name: string): Promise<{ readonly labels: Labels } | undefined>
  createVolume(name: string, labels: Labels): Promise<void>
  removeVolume(name: string): Promise<void>
  /** All containers, images, networks and volumes that carry the label `label`. */
  listLabelled(label: string): Promise<Labelled[]>
  removeContainer(id: string): Promise<void>
  /** Settles when a container is gone, or after so many milliseconds. */
  untilGone(id: string, milliseconds: number): Promise<void>
  /** Starts a program on a terminal in a running container, for a person to look around. */
  openTerminal(id: string, options: TerminalOptions): Promise<Terminal>
}

export interface TerminalOptions {
  readonly argv: readonly string[]
  readonly user: string
  readonly cwd: string
  readonly env: readonly string[]
}

export interface Terminal {
  readonly stream: Duplex
  readonly resize: (size: { columns: number; rows: number }) => Promise<void>
}

export type Labels = Readonly<Record<string, string>>

export interface EngineAbout {
  readonly version: string
  readonly apiVersion: string
  readonly architecture: string
  readonly cpus: number
  readonly memoryBytes: number
  /** Where the engine keeps its data, as its own machine names it. */
  readonly dataFolder: string
  /** What can run containers, by the engine's names: `runc`, `runsc`, … */
  readonly runtimes: readonly string[]
  /** Which of them runs what is untrusted; the engine's own choice if undefined. */
  readonly runtime: string | undefined
  readonly runc: string | undefined
  /** Root in a container is an ordinary user of the engine's machine. */
  readonly remapsUsers: boolean
  /** What filters the system calls of a container: our list, the engine's, or nothing. */
  readonly filter: 'ours' | 'engine' | 'none'
}

export interface Image {
  readonly id: string
  /** Names that it was pulled by, each with the digest of what the registry gave. */
  readonly digests: readonly string[]
  readonly env: readonly string[]
  readonly workdir: string
  readonly user: string
  /** What the image itself wants to start. */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** What the image says of how its health is found out: as in a Dockerfile, times in seconds. */
  readonly healthcheck: ImageHealthcheck | undefined
  readonly labels: Labels
  readonly bytes: number
  /** SHA-256 of each layer's tar, the lowest first, as `sha256:` and hex. */
  readonly layers: readonly string[]
}

export interface Inventory {
  /** All layers of all images of the engine, each once. */
  readonly layersBytes: number
  /** Looks at each image. */
  readonly images: () => Promise<StoredImage[]>
  readonly volumes: readonly StoredVolume[]
}

export interface StoredImage {
  readonly id: string
  /** Names with tags, and names with digests. */
  readonly names: readonly string[]
  readonly labels: Labels
  /** When it was made or last given a name; Unix time in milliseconds. */
  readonly lastUsed: number
  /** What each layer adds; images that share layers name them alike. */
  readonly layers: readonly { readonly id: string; readonly bytes: number }[]
  /** Some container was made from it. */
  readonly inUse: boolean
}

export interface StoredVolume {
  readonly name: string
  readonly labels: Labels
  readonly bytes: number
  readonly created: number
  readonly inUse: boolean
}

export interface ImageHealthcheck {
  readonly test: readonly string[]
  readonly interval: number
  readonly timeout: number
  readonly startPeriod: number
  readonly retries: number
}

export interface BuildOptions {
  readonly tag: string
  readonly labels: Labels
  readonly dockerfile?: string
  readonly args?: Readonly<Record<string, string>>
  readonly target?: string
  readonly network: 'none' | 'default' | 'host'
  readonly timeoutSeconds: number
  readonly onLine?: (line: string) => void
}

/** A container as the hardening rules want it; see `spec.ts` for how one is made. */
export interface ContainerSpec {
  /** Programs of others run in it: it gets the runtime that was chosen for them. */
  readonly untrusted?: boolean
  readonly image: string
  readonly entrypoint: readonly string[]
  readonly env: readonly string[]
  readonly labels: Labels
  readonly hostname?: string
  readonly memoryBytes: number
  readonly cpus: number
  readonly pids: number
  readonly fileBytes: number
  readonly openFiles: number
  readonly capabilities: readonly string[]
  readonly readOnlyRoot: boolean
  /** Mount point → mount options. */
  readonly tmpfs: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  readonly network: NetworkSpec
}

export type NetworkSpec =
  | { readonly kind: 'none' }
  /** The network namespace of another container. */
  | { readonly kind: 'join'; readonly container: string }
  /** Networks by name, each with the names that it is known by there. */
  | { readonly kind: 'networks'; readonly aliases: Readonly<Record<string, readonly string[]>> }

/** A service beside the agent's machine. What is undefined is as the image says. */
export interface ServiceSpec extends Omit<ContainerSpec, 'entrypoint' | 'untrusted'> {
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly user: string | undefined
  readonly workdir: string | undefined
}

export interface ServiceContainer {
  readonly id: string
  /** The last of what it said. */
  readonly said: () => string
  /** Settles when it has ended. */
  readonly ended: Promise<void>
  readonly state: () => Promise<ContainerState>
  /** Runs a program in it to its end, or for so many seconds. */
  readonly exec: (options: {
    argv: readonly string[]
    user: string | undefined
    seconds: number
  }) => Promise<{ exitCode: number | undefined; said: string }>
  readonly readArchive: (path: string) => Promise<Readable | undefined>
  readonly remove: () => Promise<void>
}

export interface Mount {
  readonly volume: string
  readonly target: string
  readonly readOnly: boolean
}

export interface Container {
  readonly id: string
  readonly stdin: NodeJS.WritableStream
  /** Called for each piece of output, in order; what came before it was set is not lost. */
  onOutput(listener: (stream: 'stdout' | 'stderr', chunk: Buffer) => void): void
  /** Settles when the container's streams have ended. */
  readonly ended: Promise<void>
  readonly state: () => Promise<ContainerState>
  /** How many bytes it has added to its image; the engine counts them file by file. */
  readonly writtenBytes: () => Promise<number>
  readonly kill: () => Promise<void>
  /** What of its file system differs from its image; folders whose content does are among it. */
  readonly changes: () => Promise<MachineChange[]>
  /** Once it has ended: a file or folder as a tar, or undefined if there is none. */
  readonly readArchive: (path: string) => Promise<Readable | undefined>
  readonly writeArchive: (path: string, tar: Readable) => Promise<void>
  /** Keeps the container's file system as an image. */
  readonly commit: (tag: string, labels: Labels) => Promise<void>
  /** Removes it by force; fine if it is gone already. */
  readonly remove: () => Promise<void>
}

export interface ContainerState {
  readonly running: boolean
  readonly exitCode: number
  /** The kernel ended a process of this container for want of memory. */
  readonly outOfMemory: boolean
}

export interface StoppedContainer extends AsyncDisposable {
  readonly id: string
  /** @returns undefined if the path does not exist */
  readonly readArchive: (path: string) => Promise<Readable | undefined>
  readonly writeArchive: (path: string, tar: Readable | Buffer) => Promise<void>
}

export interface Labelled {
  readonly kind: 'container' | 'image' | 'network' | 'volume'
  readonly id: string
  readonly labels: Labels
}
