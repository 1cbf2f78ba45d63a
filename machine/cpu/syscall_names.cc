// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/syscall_names.h"

namespace wasmlinux {

namespace {

// Linux' generic table for 32-bit architectures (scripts/syscall.tbl), by number.
// clang-format off
constexpr const char *kNames[] = {
    "io_setup", "io_destroy", "io_submit", "io_cancel", nullptr, "setxattr", "lsetxattr", "fsetxattr",
    "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr", "removexattr",
    "lremovexattr", "fremovexattr", "getcwd", "lookup_dcookie", "eventfd2", "epoll_create1", "epoll_ctl",
    "epoll_pwait", "dup", "dup3", "fcntl64", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
    "ioctl", "ioprio_set", "ioprio_get", "flock", "mknodat", "mkdirat", "unlinkat", "symlinkat", "linkat",
    "renameat", "umount2", "mount", "pivot_root", "nfsservctl", "statfs64", "fstatfs64", "truncate64",
    "ftruncate64", "fallocate", "faccessat", "chdir", "fchdir", "chroot", "fchmod", "fchmodat", "fchownat",
    "fchown", "openat", "close", "vhangup", "pipe2", "quotactl", "getdents64", "llseek", "read", "write",
    "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "sendfile64", nullptr, nullptr,
    "signalfd4", "vmsplice", "splice", "tee", "readlinkat", "fstatat64", "fstat64", "sync", "fsync",
    "fdatasync", "sync_file_range", "timerfd_create", nullptr, nullptr, nullptr, "acct", "capget", "capset",
    "personality", "exit", "exit_group", "waitid", "set_tid_address", "unshare", nullptr, "set_robust_list",
    "get_robust_list", nullptr, "getitimer", "setitimer", "kexec_load", "init_module", "delete_module",
    "timer_create", nullptr, "timer_getoverrun", nullptr, "timer_delete", nullptr, nullptr, nullptr, nullptr,
    "syslog", "ptrace", "sched_setparam", "sched_setscheduler", "sched_getscheduler", "sched_getparam",
    "sched_setaffinity", "sched_getaffinity", "sched_yield", "sched_get_priority_max",
    "sched_get_priority_min", nullptr, "restart_syscall", "kill", "tkill", "tgkill", "sigaltstack",
    "rt_sigsuspend", "rt_sigaction", "rt_sigprocmask", "rt_sigpending", nullptr, "rt_sigqueueinfo",
    "rt_sigreturn", "setpriority", "getpriority", "reboot", "setregid", "setgid", "setreuid", "setuid",
    "setresuid", "getresuid", "setresgid", "getresgid", "setfsuid", "setfsgid", "times", "setpgid", "getpgid",
    "getsid", "setsid", "getgroups", "setgroups", "uname", "sethostname", "setdomainname", "getrlimit",
    "setrlimit", "getrusage", "umask", "prctl", "getcpu", nullptr, nullptr, nullptr, "getpid", "getppid",
    "getuid", "geteuid", "getgid", "getegid", "gettid", "sysinfo", "mq_open", "mq_unlink", nullptr, nullptr,
    "mq_notify", "mq_getsetattr", "msgget", "msgctl", "msgrcv", "msgsnd", "semget", "semctl", nullptr,
    "semop", "shmget", "shmctl", "shmat", "shmdt", "socket", "socketpair", "bind", "listen", "accept",
    "connect", "getsockname", "getpeername", "sendto", "recvfrom", "setsockopt", "getsockopt", "shutdown",
    "sendmsg", "recvmsg", "readahead", "brk", "munmap", "mremap", "add_key", "request_key", "keyctl", "clone",
    "execve", "mmap2", "fadvise64_64", "swapon", "swapoff", "mprotect", "msync", "mlock", "munlock",
    "mlockall", "munlockall", "mincore", "madvise", "remap_file_pages", "mbind", "get_mempolicy",
    "set_mempolicy", "migrate_pages", "move_pages", "rt_tgsigqueueinfo", "perf_event_open", "accept4",
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, "prlimit64", "fanotify_init",
    "fanotify_mark", "name_to_handle_at", "open_by_handle_at", nullptr, "syncfs", "setns", "sendmmsg",
    "process_vm_readv", "process_vm_writev", "kcmp", "finit_module", "sched_setattr", "sched_getattr",
    "renameat2", "seccomp", "getrandom", "memfd_create", "bpf", "execveat", "userfaultfd", "membarrier",
    "mlock2", "copy_file_range", "preadv2", "pwritev2", "pkey_mprotect", "pkey_alloc", "pkey_free", "statx",
    nullptr, "rseq", "kexec_file_load", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr, nullptr, "clock_gettime64", "clock_settime64", "clock_adjtime64", "clock_getres_time64",
    "clock_nanosleep_time64", "timer_gettime64", "timer_settime64", "timerfd_gettime64", "timerfd_settime64",
    "utimensat_time64", "pselect6_time64", "ppoll_time64", nullptr, "io_pgetevents_time64", "recvmmsg_time64",
    "mq_timedsend_time64", "mq_timedreceive_time64", "semtimedop_time64", "rt_sigtimedwait_time64",
    "futex_time64", "sched_rr_get_interval_time64", "pidfd_send_signal", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "pidfd_open",
    "clone3", "close_range", "openat2", "pidfd_getfd", "faccessat2", "process_madvise", "epoll_pwait2",
    "mount_setattr", "quotactl_fd", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
    "memfd_secret", "process_mrelease", "futex_waitv", "set_mempolicy_home_node", "cachestat", "fchmodat2",
    "map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount",
    "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal",
};
// clang-format on

}  // namespace

const char *syscall_name(uint32_t number) {
  return number < sizeof kNames / sizeof *kNames ? kNames[number] : nullptr;
}

}  // namespace wasmlinux
