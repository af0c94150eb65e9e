"""What a stranger does who has broken out of the sandbox: ordinary Python behind nothing but the walls."""

from random import Random

HEAD = "import os, sys, socket, signal, ctypes, threading, subprocess, time, gc, json, struct, resource"
"""What is not there already is imported from behind the walls."""

PROGRAMS = (
    # Read.
    "return open('@SECRET_FILE@').read()",
    "return open('/proc/@WORKER@/environ').read()",
    "return open('/proc/self/environ').read()",
    "return open(f'/proc/{os.getppid()}/environ').read()",
    "return open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
    "return open('/proc/self/maps').read()[:1000]",
    "return os.listdir('/tmp'), os.listdir('..'), os.listdir('/proc')",
    "return [open(os.path.join('..', name, '.env')).read() for name in os.listdir('..')]",
    "return dict(os.environ)",
    "return [repr(each)[:2000] for each in gc.get_objects() if isinstance(each, (dict, str))][:20000]",
    "return [os.readlink(f'/proc/self/fd/{each}') for each in range(64)]",
    "return [os.read(each, 100) for each in range(3, 64) if os.fstat(each)]",
    # Write.
    "open('@WRITTEN@', 'w').write('x')",
    "open('@SECRET_FILE@', 'a').write('x')",
    "os.unlink('@SECRET_FILE@')",
    "os.rename('@SECRET_FILE@', '@WRITTEN@')",
    "os.symlink('@SECRET_FILE@', 'link')\nreturn open('link').read()",
    "os.link('@SECRET_FILE@', 'link')",
    "os.chmod('@SECRET_FILE@', 0o777)\nos.utime('@SECRET_FILE@')",
    "os.truncate('@SECRET_FILE@', 0)",
    "os.mkdir('@WRITTEN@')",
    "os.mkfifo('@WRITTEN@')",
    """for number in range(200):
    os.makedirs(f'deep/{number}/x')
    open(f'deep/{number}/x/y', 'w').write('x' * 1000)""",
    "open('large', 'w').write('x' * 10 ** 9)",
    "os.chmod('.', 0)",
    "os.makedirs('a' * 200 + '/' + 'b' * 200)\nos.chmod('a' * 200, 0)",
    "os.rename('.', '../child-1')",
    "os.chroot('.')",
    # Reach.
    "return socket.create_connection(('127.0.0.1', @PORT@), 5).recv(10)",
    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.sendto(b'x', ('127.0.0.1', @PORT@))",
    "import urllib.request\nreturn urllib.request.urlopen('@PAGE@').read()",
    "import requests\nreturn requests.get('@PAGE@').text",
    "return socket.create_server(('127.0.0.1', 0)).getsockname()",
    "a, b = socket.socketpair()\na.send(b'x')\nreturn b.recv(1)",
    "socket.socket(socket.AF_UNIX).connect('\\0perch')",
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    # Start.
    "return os.system('touch @WRITTEN@')",
    "return subprocess.run(['touch', '@WRITTEN@']).returncode",
    "os.execv('/bin/sh', ['sh', '-c', 'touch @WRITTEN@'])",
    "os.posix_spawn('/usr/bin/touch', ['touch', '@WRITTEN@'], {})",
    """if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    os._exit(0)""",
    "while True:\n    os.fork()",
    "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "ctypes.CDLL(None).syscall(57)\nopen('@WRITTEN@', 'w')",
    """for number in range(600):
    if number not in (60, 231):
        ctypes.CDLL(None).syscall(number, -1, -1, -1, -1, -1, -1)""",
    "libc = ctypes.CDLL(None)\nreturn libc.vfork(), libc.clone, libc.unshare(0x10000000), libc.setns(3, 0)",
    "libc = ctypes.CDLL(None)\nreturn libc.ptrace(16, os.getppid(), 0, 0), libc.ptrace(16, @WORKER@, 0, 0)",
    """libc = ctypes.CDLL(None)
return libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0), libc.prctl(22, 0), libc.setuid(0)""",
    "libc = ctypes.CDLL(None)\nlibc.prctl(4, 1, 0, 0, 0)\nlibc.prctl(1, 0, 0, 0, 0)",
    # Hurt.
    "os.kill(os.getppid(), signal.SIGKILL)",
    "os.kill(@WORKER@, signal.SIGKILL)",
    "os.kill(-1, signal.SIGKILL)",
    "os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)",
    "os.kill(os.getpid(), signal.@SIGNAL@)",
    "signal.pthread_kill(threading.get_ident(), signal.@SIGNAL@)",
    "os.setpgid(0, os.getpgid(os.getppid()))",
    "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
    "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    "resource.setrlimit(resource.RLIMIT_CPU, (10 ** 9, 10 ** 9))\nwhile True:\n    pass",
    # End, or not.
    "os._exit(@SMALL@)",
    "os.abort()",
    "sys.exit('bye')",
    "raise BaseException('x' * 1000)",
    "ctypes.string_at(0)",
    "ctypes.memset(id(None), 0, 64)",
    "sys.setrecursionlimit(10 ** 9)\ndef f(): return f()\nf()",
    "signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass",
    """signal.setitimer(signal.ITIMER_REAL, 0)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass""",
    "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    pass",
    "signal.pause()",
    "time.sleep(600)",
    """threads = [threading.Thread(target=lambda: [0 for _ in iter(int, 1)]) for _ in range(@SOME@)]
[t.start() for t in threads]""",
    "thread = threading.Thread(target=signal.pause)\nthread.start()\nthread.join()",
    "x = []\nwhile True:\n    x.append(bytearray(10 ** 7))",
    "return bytearray(3 * 10 ** 9)",
    "import mmap\nreturn [mmap.mmap(-1, 10 ** 8) for _ in range(100)]",
    "return ctypes.CDLL(None).memfd_create(b'x', 0)",
    # Lie to the worker: over the socket that is the jail's only one.
    "@CHANNEL@\nos.write(fd, b'\\xff' * 100000)",
    "@CHANNEL@\nos.write(fd, struct.pack('!I', 2 ** 32 - 1))",
    "@CHANNEL@\nsay(b'{}')",
    "@CHANNEL@\nsay(b'[' * 100000)",
    "@CHANNEL@\nsay(b'\"\\\\ud800\"')",
    "@CHANNEL@\nsay(json.dumps({'index': 0, 'row': {'answer': {'q0': 'a lie'}}, 'exceptions': {}}).encode())",
    "@CHANNEL@\nsay(json.dumps({'end': []}).encode())",
    "@CHANNEL@\nsay(json.dumps({'end': [0, 1, 2]}).encode())",
    "@CHANNEL@\nsay(json.dumps({'error': {'kind': 'EngineError', 'detail': '\\ud800' * 10 ** 6}}).encode())",
    "@CHANNEL@\nsay(json.dumps({'find': ['x'] * 10 ** 5}).encode())",
    "@CHANNEL@\nsay(json.dumps({'add': [0, {'key': 'x'}, True]}).encode())",
    "@CHANNEL@\nsay(json.dumps({'ask': [[1, 0, 'x', {'model': 'test'}, {}, []]] * 10 ** 4}).encode())",
    "@CHANNEL@\nsay(json.dumps({'answered': []}).encode())",
    "@CHANNEL@\nsay(json.dumps({'walls': {}}).encode())",
    "@CHANNEL@\nwhile True:\n    say(json.dumps({'find': ['x']}).encode())",
    "@CHANNEL@\nwhile True:\n    os.read(fd, 10 ** 6)",
    "@CHANNEL@\nsocket.socket(fileno=fd).shutdown(socket.SHUT_RDWR)",
    "os.closerange(0, 256)",
    "@CHANNEL@\nsocket.send_fds(socket.socket(fileno=fd), [b'x'], [fd])",
)
CHANNEL = """import stat
def is_socket(each):
    try:
        return stat.S_ISSOCK(os.fstat(each).st_mode)
    except OSError:
        return False
def say(what):
    os.set_blocking(fd, True)
    os.write(fd, struct.pack('!I', len(what)) + what)
fds = [each for each in range(256) if is_socket(each)]
fd = fds[@PLACE@]"""
SIGNALS = ("SIGKILL", "SIGSTOP", "SIGSEGV", "SIGALRM", "SIGTERM", "SIGXCPU", "SIGCHLD", "SIGPIPE")


def source(dice: Random) -> str:
    """Return the source of a function ``work``: one program after the other, whatever each comes to."""
    lines = [HEAD, "def work(scenario, agent_traits):"]
    for number in range(dice.choice((1, 1, 2, 3, 5))):
        lines.append(f"    def program_{number}():")
        lines += [f"        {line}" for line in _program(dice).splitlines()]
        lines += ["    try:", f"        said = program_{number}()"]
        lines += ["    except Exception as error:", "        said = repr(error)"]
    return "\n".join([*lines, "    return said", ""])


def _program(dice: Random) -> str:
    made = dice.choice(PROGRAMS).replace("@CHANNEL@", CHANNEL)
    chosen = {
        "@PLACE@": ("0", "-1", "len(fds) // 2"),
        "@SIGNAL@": SIGNALS,
        "@SOME@": ("3", "500"),
        "@SMALL@": ("0", "1", "3", "255"),
    }
    for name, values in chosen.items():
        made = made.replace(name, dice.choice(values))
    return made
