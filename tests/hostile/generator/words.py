"""What hostile programs are made of: names that lead out of sandboxes, values that break what reads them."""

from random import Random
from typing import Any

ATTRIBUTES = (
    *(
        "__class__",
        "__mro__",
        "mro",
        "__base__",
        "__bases__",
        "__subclasses__",
        "__globals__",
        "__builtins__",
    ),
    *("__dict__", "__init__", "__reduce_ex__", "__getattribute__", "__import__", "__code__", "__closure__"),
    *("__self__", "__func__", "__wrapped__", "__loader__", "__spec__", "__traceback__", "__context__"),
    *("gi_frame", "gi_code", "gi_yieldfrom", "cr_frame", "cr_await", "ag_frame", "f_back", "f_globals"),
    *("f_builtins", "f_locals", "f_code", "tb_frame", "tb_next", "func_globals", "co_consts", "obj", "args"),
    *("with_traceback", "add_note", "throw", "send", "close", "format", "format_map", "translate", "encode"),
    *(
        "open_regular_file",
        "load",
        "save",
        "save_json",
        "from_file",
        "from_url",
        "from_html",
        "write",
        "path",
    ),
    *("to_tempfile", "view", "offload", "parse_raw", "parse_file", "construct", "response_model", "push"),
    *(
        "pull",
        "run",
        "invigilator",
        "traits_manager",
        "agent",
        "data",
        "text",
        "name",
        "keys",
        "items",
        "get",
    ),
    *("model", "parameters", "key_lookup", "_original", "_read", "METHODS", "read", "create_response_model"),
    *("to_dict", "to_dataframe", "sqlite", "from_dict", "from_yaml", "html", "api_token", "remote_proxy"),
)
BUILTINS = (
    *("open", "eval", "exec", "compile", "__import__", "getattr", "setattr", "delattr", "vars", "globals"),
    *("locals", "dir", "type", "object", "super", "input", "breakpoint", "memoryview", "bytearray", "help"),
    *("exit", "quit", "BaseException", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "Exception"),
    *("StopIteration", "str", "int", "bytes", "list", "dict", "set", "sorted", "map", "filter", "zip", "id"),
    *("isinstance", "callable", "range", "slice", "pow", "divmod", "hash", "repr", "chr", "ord", "complex"),
    *("_getattr_", "_getitem_", "_getiter_", "_write_", "_print_", "_apply_", "__builtins__", "__name__"),
    *(
        "classmethod",
        "staticmethod",
        "property",
        "iter",
        "next",
        "enumerate",
        "reversed",
        "max",
        "min",
        "sum",
    ),
    *("scenario", "agent_traits", "work", "self", "question", "_", "__", "ñ", "ﬁ", "ｏｐｅｎ"),
)
HALF = 0.5
SLY = 0.9
"""How often a name is passed over that is refused at once: what is refused tries nothing else."""
MODULES = (
    "os",
    "sys",
    "ctypes",
    "socket",
    "subprocess",
    "builtins",
    "pickle",
    "importlib",
    "edsl",
    "threading",
)
ODD_TEXTS = (
    *("", " ", "\n" * 5, "\0", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "a\u0301" * 30, "𝕏", "\x1b[2J"),
    *("{0.__class__}", "{scenario.__class__}", "%(x)s", "%n%n%n", "{{ 7 * 7 }}", "{% raw %}", "{#", "${7*7}"),
    *("'; DROP TABLE jobs; --", "../../../../etc/passwd", "/proc/self/environ", "file:///etc/passwd"),
    *("@SECRET_FILE@", "@WRITTEN@", "@PAGE@", "@VARIABLE@", "NaN", "Infinity", "-0.0", "1e999", "null"),
    *("<script>alert(1)</script>", "\\", '"', "__proto__", "constructor", "a" * 5000, "\r\n\r\nHTTP/1.1 200"),
)
ODD_NUMBERS = (0, -1, 1, 2**31, -(2**63), 2**64, 10**300, -(10**4000), 1e308, -1e-320, 0.1, 5e-324)
TYPES = (
    *("free_text", "multiple_choice", "checkbox", "numerical", "list", "rank", "budget", "yes_no", "matrix"),
    *("linear_scale", "likert_five", "top_k", "extract", "dict", "functional", "compute", "edsl_object"),
    *("markdown", "file_upload", "interview", "random", "demand", "dropdown", "pydantic", "thinking"),
    *("multiple_choice_with_other", "compute_from_answers", "telepathy", "__class__", ""),
)


def attribute(dice: Random) -> str:
    """Return a name to read: mostly one that a compiler does not refuse for how it begins."""
    while (found := dice.choice(ATTRIBUTES)).startswith("_") and dice.random() < SLY:
        continue
    return found


def builtin(dice: Random) -> str:
    """Return a name to use, likewise."""
    while (found := dice.choice(BUILTINS)).startswith("_") and dice.random() < SLY:
        continue
    return found


def text(dice: Random) -> str:
    """Return an odd text, or a few in one."""
    return "".join(dice.choices(ODD_TEXTS, k=dice.choice((1, 1, 1, 2, 3))))


def value(dice: Random, depth: int = 3) -> Any:
    """Return a value of JSON that is not what anybody expects where it stands."""
    if not depth or dice.random() < HALF:
        return dice.choice(
            (None, True, False, dice.choice(ODD_NUMBERS), text(dice), text(dice), {}, [], [[]])
        )
    kind = dice.randrange(4)
    if kind == 0:
        return nested(dice, dice.randrange(1, 60))
    if kind == 1:
        return [value(dice, depth - 1) for _ in range(dice.randrange(5))]
    return {key(dice): value(dice, depth - 1) for _ in range(dice.randrange(4))}


def key(dice: Random) -> str:
    """Return a key of an object: a magic one of edsl's, a name that leads out, or an odd text."""
    magic = (
        "edsl_class_name",
        "__edsl_object__",
        "__edsl_type__",
        "__edsl_module__",
        "$ref",
        "class",
        "path",
    )
    return dice.choice((dice.choice(magic), dice.choice(ATTRIBUTES), text(dice)))


def nested(dice: Random, depth: int) -> Any:
    """Return lists in lists, or objects in objects."""
    inner: Any = text(dice)
    for _ in range(depth):
        inner = dice.choice(([inner], {"a": inner}))
    return inner


def literal(dice: Random) -> str:
    """Return some Python for a plain value."""
    return dice.choice(
        (
            repr(dice.choice(ODD_NUMBERS)),
            repr(text(dice)),
            "b'\\x80\\x04.'",
            "[1, [2, [3]]]",
            "{'a': {'b': (1, 2)}, (1, 2): 3, None: 4}",
            "float('nan')",
            "float('inf')",
            "1j",
            "{1, 2}",
            "'" + "x" * dice.randrange(2000) + "'",
        )
    )
