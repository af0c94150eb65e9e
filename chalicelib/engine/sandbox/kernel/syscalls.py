"""The numbers of the system calls that a jail may make, on each architecture Perch runs on.

Data only, from the kernel's own headers (``asm/unistd_64.h`` and ``asm-generic/unistd.h``); a test
compares them where the headers are installed. A call that an architecture has not is a dash.
"""

from dataclasses import dataclass

TABLE = """
read               0   63
write              1   64
readv             19   65
writev            20   66
pread64           17   67
pwrite64          18   68
lseek              8   62
close              3   57
fcntl             72   25
ioctl             16   29
fstat              5   80
stat               4    -
lstat              6    -
newfstatat       262   79
statx            332  291
open               2    -
openat           257   56
openat2          437  437
access            21    -
faccessat        269   48
faccessat2       439  439
readlink          89    -
readlinkat       267   78
getcwd            79   17
getdents64       217   61
ftruncate         77   46
mkdir             83    -
mkdirat          258   34
rmdir             84    -
unlink            87    -
unlinkat         263   35
rename            82    -
renameat         264   38
renameat2        316  276
brk               12  214
mmap               9  222
munmap            11  215
mprotect          10  226
mremap            25  216
madvise           28  233
futex            202   98
clone             56  220
clone3           435  435
set_robust_list  273   99
rseq             334  293
sched_yield       24  124
sched_getaffinity 204 123
gettid           186  178
getpid            39  172
getppid          110  173
getuid           102  174
geteuid          107  175
getgid           104  176
getegid          108  177
uname             63  160
exit              60   93
exit_group       231   94
rt_sigaction      13  134
rt_sigprocmask    14  135
rt_sigreturn      15  139
sigaltstack      131  132
restart_syscall  219  128
kill              62  129
tgkill           234  131
setitimer         38  103
clock_gettime    228  113
clock_getres     229  114
clock_nanosleep  230  115
nanosleep         35  101
gettimeofday      96  169
time             201    -
getrusage         98  165
epoll_create1    291   20
epoll_ctl        233   21
epoll_wait       232    -
epoll_pwait      281   22
poll               7    -
ppoll            271   73
select            23    -
pselect6         270   72
sendto            44  206
recvfrom          45  207
getsockname       51  204
getsockopt        55  209
shutdown          48  210
getrandom        318  278
prlimit64        302  261
prctl            157  167
"""


REFUSED_TO_CALLERS = """
fork               57    -
vfork              58    -
execve             59  221
execveat          322  281
ptrace            101  117
process_vm_readv  310  270
process_vm_writev 311  271
rt_sigqueueinfo   129  138
rt_tgsigqueueinfo 297  240
pidfd_getfd       438  438
pidfd_send_signal 424  424
process_madvise   440  440
kcmp              312  272
mount             165   40
umount2           166   39
pivot_root        155   41
chroot            161   51
move_mount        429  429
unshare           272   97
setns             308  268
bpf               321  280
perf_event_open   298  241
userfaultfd       323  282
io_uring_setup    425  425
keyctl            250  219
add_key           248  217
request_key       249  218
init_module       175  105
finit_module      313  273
kexec_load        246  104
"""
"""What a caller cannot do either, which may otherwise do whatever edsl's clients of providers want."""


@dataclass(frozen=True)
class Architecture:
    """One kind of processor: the kernel's number for it, that of ``seccomp(2)``, and its calls by name."""

    audit: int
    seccomp: int
    limit: int
    """Numbers from here on are another convention's: x86-64 marks x32's calls with this bit."""
    numbers: dict[str, int]
    refused_to_callers: dict[str, int]


def _column(place: int, table: str = TABLE) -> dict[str, int]:
    rows = [line.split() for line in table.split("\n") if line]
    return {row[0]: int(row[place]) for row in rows if row[place] != "-"}


LIMIT = 0x40000000
ARCHITECTURES = {
    "x86_64": Architecture(0xC000003E, 317, LIMIT, _column(1), _column(1, REFUSED_TO_CALLERS)),
    "aarch64": Architecture(0xC00000B7, 277, LIMIT, _column(2), _column(2, REFUSED_TO_CALLERS)),
}
"""By the name that ``os.uname().machine`` gives."""
