"""Sources of functions, as functional questions and agents bring them: restricted Python that wants more."""

from random import Random

from tests.hostile.generator.words import MODULES, attribute, builtin, literal, text

BODIES = (
    # Ways out by attributes, frames and formats.
    "return ().{a}.{b}[0].{c}()",
    "return scenario.{a}('@SECRET_FILE@')",
    "return scenario.{a}.{b}",
    "return agent_traits.{a}('@WRITTEN@')",
    "return scenario.get('file').{a}",
    "return scenario['file'].{a}('@WRITTEN@')",
    "return '{{0.{a}}}'.format(scenario)",
    "return f'{{scenario.{a}!r:>{{2}}}}'",
    "return ''.join(map(str.format, ['{{0.{a}}}'], [scenario]))",
    "return (lambda f: f.{a})(lambda: 0)",
    "return [x.{a} for x in (scenario, agent_traits, work, str, Exception())]",
    "g = (g.gi_frame.f_back for _ in [1])\nreturn [x for x in g]",
    "def inner():\n    yield 1\n    yield inner\ng = inner()\nreturn g.{a}",
    "try:\n    return {e}\nexcept Exception as error:\n    return error.{a}.{b}",
    "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError(error) from error.{a}",
    "return sorted([scenario], key=str.{a})",
    "return max([1, 2], key=lambda x: {e})",
    "x = {e}\nx.{a} = 1\nreturn x",
    "del scenario.{a}\nreturn 1",
    "scenario['{a}'] = {e}\nreturn scenario",
    "agent_traits.update({{'{a}': {e}}})\nreturn agent_traits.copy()",
    "for x.{a} in [1]:\n    pass\nreturn x",
    "with scenario as x.{a}:\n    return x",
    "return [*scenario, *{e}]",
    "return {{**scenario, '{a}': {e}}}",
    # Imports, classes, decorators, coroutines, matches: what a function may not even say.
    "import {m}\nreturn {m}.{a}",
    "from {m} import *\nreturn 1",
    "class A(metaclass=type):\n    {a} = 1\nreturn A()",
    "class A(Exception):\n    def __str__(self):\n        return {e}\nraise A()",
    "@{n}\ndef inner():\n    return 1\nreturn inner",
    "async def inner():\n    await inner()\nreturn inner().{a}",
    "match scenario:\n    case {{'x': x}}:\n        return x.{a}",
    "global {n}\n{n} = {e}\nreturn {n}",
    "if (y := {e}):\n    return y",
    "print({e}, file={n})\nreturn printed",
    "nonlocal scenario\nreturn 1",
    "return (yield {e})",
    "yield from {e}",
    "assert False, {e}",
    # Oddly ended.
    "raise {n}",
    "raise {n}()",
    "raise Exception({e}) from None",
    "raise StopIteration({e})",
    "raise MemoryError",
    "raise RecursionError('{a}' * 1000)",
    "raise Exception(*[{e}] * 1000)",
    "try:\n    raise ValueError\nexcept* ValueError:\n    raise",
    "try:\n    {e}\nexcept:\n    pass\nfinally:\n    return 1",
    "try:\n    {e}\nexcept BaseException as error:\n    return error.args",
    "try:\n    {e}\nfinally:\n    raise Exception({e})",
    # Results that break what reads them.
    "x = []\nx.append(x)\nreturn x",
    "x = {{}}\nx['x'] = x\nreturn x",
    "x = []\nfor _ in range({deep}):\n    x = [x]\nreturn x",
    "return {e}",
    "return 10 ** {digits}",
    "return -(10 ** {digits})",
    "return float('nan'), float('inf'), {{float('nan'): 1}}",
    "return '\\ud800' * {some}",
    "return {{(1, 2): {{None: {{1.5: b'x'}}}}, True: 1}}",
    "return scenario, agent_traits, work, Exception, {n}",
    "return [lambda: 1, range(3), (x for x in [1]), slice(1), ValueError('{a}')]",
    "return 'x' * {many}",
    "return [['x'] * {some}] * {some}",
    "return None",
    # Recursion and sizes.
    "def inner(n):\n    return inner(n + 1)\nreturn inner(0)",
    "return work(scenario, agent_traits)",
    "f = lambda g: g(g)\nreturn f(f)",
    "return 'a' * {huge}",
    "return [0] * {huge}",
    "return list(range({huge}))",
    "x = 'ab'\nfor _ in range(60):\n    x = x + x\nreturn x",
    "return f'{{1:>{huge}}}'",
    "return '%{huge}d' % 1",
    "return b'x'.ljust({huge})",
    "return 1 << {huge}",
    "return str(10 ** {digits})",
    "return int('9' * {digits})",
    "x = {{}}\nfor i in range({huge}):\n    x[i] = 'x' * 1000\nreturn len(x)",
    "return len([[x] * 1000 for x in range({huge})])",
)
ENDLESS = (
    "while True:\n    pass",
    "while 1:\n    try:\n        while 1:\n            pass\n    except:\n        pass",
    "while 1:\n    try:\n        while 1:\n            pass\n    except BaseException:\n        pass",
    "while 1:\n    try:\n        while 1:\n            pass\n    finally:\n        x = 1",
    "return [x for a in range(10 ** 9) for b in range(10 ** 9) if False]",
    "return sum(x for x in iter(int, 1))",
    "return 0.5 in range(10 ** 15)",
    "return 9 ** 9 ** 9",
    "return pow(3, 10 ** 9)",
    "return max(range(10 ** 12))",
    "return len('a' * 30) and ('a' * 10 ** 6).replace('a', 'aa').find('b' * 10 ** 4 + 'a')",
    "def inner(n):\n    return n and [inner(n - 1), inner(n - 1)]\nreturn inner(60)",
)
MODULE_LEVELS = (
    "while True:\n    pass",
    "x = [0] * 10 ** 12",
    "1 / 0",
    "raise SystemExit",
    "def work(): pass",
)
DEFAULTS = (
    *[""] * 30,
    ", x=[1 for i in range(10 ** 9) for j in range(10 ** 9)]",
    ", *, _getattr_=1",
    ", /",
    ", x=1/0",
)


def expression(dice: Random, depth: int = 3) -> str:
    """Return an expression that reads, calls, compares and builds whatever is at hand."""
    if not depth:
        return dice.choice((literal(dice), builtin(dice)))

    def inner() -> str:
        return expression(dice, depth - 1)

    name, read = builtin(dice), attribute(dice)
    return dice.choice(
        (
            lambda: literal(dice),
            lambda: name,
            lambda: f"{inner()}.{read}",
            lambda: f"{inner()}.{read}({inner()})",
            lambda: f"{name}({inner()})",
            lambda: f"{name}({inner()}, '{read}')",
            lambda: f"({inner()})[{inner()}]",
            lambda: f"[{inner()} for x in {inner()}]",
            lambda: f"{{{inner()}: {inner()}}}",
            lambda: f"(lambda x={inner()}: {inner()})()",
            lambda: f"({inner()} if {inner()} else {inner()})",
            lambda: (
                f"({inner()} {dice.choice(('+', '*', '%', '**', 'or', 'in', '==', '@', '//'))} {inner()})"
            ),
            lambda: f"f'{{{dice.choice(('scenario', 'agent_traits', 'work'))}.{read}}}'",
            lambda: f"(x := {inner()})",
            lambda: f"*{inner()},",
            lambda: f"not {inner()}",
        )
    )()


def body(dice: Random) -> str:
    """Return a function's body."""
    endless = dice.random() < 0.04
    made = dice.choice(ENDLESS) if endless else _filled(dice, dice.choice(BODIES))
    if not endless and dice.random() < 0.3:
        made = f"x = {expression(dice)}\n{made}"
    return made


def source(dice: Random, parameters: str = "scenario, agent_traits") -> str:
    """Return the source of a function ``work``, with more around it now and then."""
    lines = "\n".join(f"    {line}" for line in body(dice).splitlines())
    made = f"def work({parameters}{dice.choice(DEFAULTS)}):\n{lines}\n"
    around = dice.random()
    if around < 0.03:
        return f"{dice.choice(MODULE_LEVELS)}\n{made}"
    if around < 0.06:
        return f"{made}\n{dice.choice(MODULE_LEVELS)}\n"
    if around < 0.09:
        return f"@{builtin(dice)}\n{made}"
    if around < 0.12:
        return broken(dice, made)
    return made


def broken(dice: Random, made: str) -> str:
    """Return a source with something in its midst that does not belong there."""
    place = dice.randrange(len(made))
    wedge = dice.choice(
        (text(dice), "(" * 300, "-" * 5000, ".get" * 3000, "\t", "\\\n", "\0", "if 1:\n" * 30)
    )
    return made[:place] + wedge + made[place + dice.randrange(3) :]


def _filled(dice: Random, pattern: str) -> str:
    return pattern.format(
        a=attribute(dice),
        b=attribute(dice),
        c=attribute(dice),
        n=builtin(dice),
        m=dice.choice(MODULES),
        e=expression(dice, 2),
        deep=dice.choice((5, 90, 500, 5000, 200_000)),
        digits=dice.choice((10, 4299, 4301, 100_000)),
        some=dice.choice((1, 3, 100, 1000)),
        many=dice.choice((1000, 100_000, 20_000_000, 90_000_000)),
        huge=dice.choice((10**7, 10**9, 3 * 10**9, 10**12, 10**19)),
    )
