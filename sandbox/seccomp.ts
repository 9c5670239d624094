/**
 * Which system calls a container of ours may make: what compilers, interpreters, test runners, debuggers and git use.
 * Everything else fails, also what a later kernel brings. The value of `seccomp=`, which Docker takes as it is.
 *
 * Tighter than the engine's own filter: no io_uring, no kernel keys, only the families of sockets below, no other
 * personality, no calls of another architecture; and whatever the capabilities, none that set a clock, mount, load, or make
 * a namespace. `ptrace` stays: debuggers and leak checkers need it, and a user can trace its own processes only.
 */
export function buildSeccomp(): string {
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    // No list of architectures: the engine's own alone, so that the 32-bit calls are not a second way in.
    syscalls: [
      allow(Object.values(ALLOWED).flatMap(names => names.split(' '))),
      // libc then takes the older call, whose flags a filter can see.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      allow(['clone'], { index: 0, value: NEW_NAMESPACE, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }),
      ...SOCKETS.map(family => allow(['socket'], equal(0, family))),
      allow(['socket'], equal(0, AF_NETLINK), equal(2, NETLINK_ROUTE)),
      allow(['socketpair'], equal(0, AF_UNIX)),
      ...PERSONALITIES.map(value => allow(['personality'], equal(0, value))),
    ],
  })
}

interface Condition {
  readonly index: number
  readonly value: number
  readonly valueTwo?: number
  readonly op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ'
}

/** One rule; all of its conditions must hold. */
function allow(names: readonly string[], ...args: readonly Condition[]) {
  return { names, action: 'SCMP_ACT_ALLOW', ...(args.length === 0 ? {} : { args }) }
}

function equal(index: number, value: number): Condition {
  return { index, value, op: 'SCMP_CMP_EQ' }
}

const EPERM = 1
const ENOSYS = 38
/** All of `CLONE_NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET`. */
const NEW_NAMESPACE = 0x7e02_0000

const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
/** Interfaces and addresses, which libc asks for; not netfilter, not the generic families. */
const NETLINK_ROUTE = 0
const SOCKETS = [AF_UNIX, AF_INET, AF_INET6]

/** The usual one, and the question which one it is. */
const PERSONALITIES = [0, 0xffff_ffff]

/** By name, for x64 and arm64; a name that an architecture lacks does nothing there. */
const ALLOWED = {
  files:
    'access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 ' +
    'fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr ' +
    'fsetxattr fstat fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch ' +
    'inotify_init inotify_init1 inotify_rm_watch ioctl lchown lgetxattr link linkat listxattr listxattrat llistxattr ' +
    'lremovexattr lseek lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 pipe pipe2 pread64 ' +
    'preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename ' +
    'renameat renameat2 rmdir sendfile setxattr setxattrat splice stat statfs statx symlink symlinkat sync ' +
    'sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes vmsplice write writev',
  memory:
    'brk cachestat get_robust_list madvise map_shadow_stack membarrier memfd_create mincore mlock mlock2 mlockall mmap ' +
    'mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise ' +
    'process_mrelease remap_file_pages set_robust_list',
  processes:
    'alarm arch_prctl capget capset execve execveat exit exit_group fork getegid geteuid getgid getgroups getpgid getpgrp ' +
    'getpid getppid getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid ioprio_get ioprio_set kill ' +
    'landlock_add_rule landlock_create_ruleset landlock_restrict_self pause pidfd_getfd pidfd_open pidfd_send_signal prctl ' +
    'prlimit64 process_vm_readv process_vm_writev ptrace restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask ' +
    'rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max ' +
    'sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval ' +
    'sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_tid_address setfsgid ' +
    'setfsuid setgid setgroups setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid setuid ' +
    'sigaltstack sysinfo tgkill times tkill uname vfork wait4 waitid',
  waiting:
    'clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait ' +
    'eventfd eventfd2 futex futex_requeue futex_wait futex_waitv futex_wake getcpu getitimer getrandom gettimeofday ' +
    'io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit nanosleep poll ppoll pselect6 select setitimer ' +
    'signalfd signalfd4 time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create ' +
    'timerfd_gettime timerfd_settime',
  talking:
    'accept accept4 bind connect getpeername getsockname getsockopt listen mq_getsetattr mq_notify mq_open ' +
    'mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd recvfrom recvmmsg recvmsg semctl semget semop ' +
    'semtimedop sendmmsg sendmsg sendto setsockopt shmat shmctl shmdt shmget shutdown',
}
