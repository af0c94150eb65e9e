"""Templates, and expressions by which jobs choose their combinations and surveys skip questions."""

from random import Random

from tests.hostile.generator.words import ATTRIBUTES, builtin, text

NAMES = (
    *("scenario", "agent", "file", "x", "q0", "q0.answer", "self", "loop", "cycler", "joiner", "namespace"),
    *("lipsum", "range", "dict", "request", "config", "settings", "question", "model", "caller", "varargs"),
    *("[]", "{}", "''", "()", "1", "none", "undefined_name", "true", "'x' * 100", "[scenario, agent]"),
)
FILTERS = (
    *(
        "attr('{a}')",
        "map(attribute='{a}')|list",
        "map('attr', '{a}')|list",
        "map('{a}')|list",
        "list",
        "tojson",
    ),
    *("selectattr('{a}')|list", "groupby('{a}')", "sort(attribute='{a}')", "join(attribute='{a}')", "pprint"),
    *(
        "format(scenario)",
        "xmlattr",
        "urlize",
        "center({n})",
        "indent({n})",
        "wordwrap(1)",
        "batch({n})|list",
    ),
    *("slice({n})|list", "random", "sum(start=[])", "replace('', 'x')", "replace('x', 'x' * {n})", "length"),
    *(
        "round({n})",
        "filesizeformat",
        "striptags",
        "safe",
        "forceescape",
        "unique|list",
        "items|list",
        "first",
    ),
    *("string", "int", "float", "reverse|list", "dictsort", "default('{a}')", "truncate(-{n})"),
)
STATEMENTS = (
    "{% for a in range(90000) %}" * 3 + "{% endfor %}" * 3,
    "{% for a in range(300) %}{% for b in range(300) %}{{ a }}{% endfor %}{% endfor %}",
    "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}EXPRESSION{% endcall %}",
    "{% set x = EXPRESSION %}{{ x }}",
    "{% set ns = namespace(x=scenario) %}{% set ns.x = EXPRESSION %}{{ ns.x }}",
    "{% include '@SECRET_FILE@' %}",
    "{% extends '/etc/passwd' %}",
    "{% import '@SECRET_FILE@' as y %}{{ y }}",
    "{% from 'os' import system %}",
    "{% block b %}{{ self.b() }}{% endblock %}",
    "{% filter attr('__class__') %}EXPRESSION{% endfilter %}",
    "{% do scenario.update({'x': 1}) %}",
    "{% if EXPRESSION %}yes{% else %}{{ EXPRESSION }}{% endif %}",
    "{% for a in EXPRESSION %}{{ a }}{{ loop.cycle }}{% endfor %}",
    "{% for a in [[scenario]] recursive %}{{ loop([[a]]) }}{% endfor %}",
    "{% autoescape true %}{{ EXPRESSION }}{% endautoescape %}",
    "{% raw %}{{ EXPRESSION }}{% endraw %}",
    "{% with x = EXPRESSION %}{{ x }}{% endwith %}",
    "{{ 'a' * 3000000000 }}",
    "{{ 'a' * 90000000 }}",
    "{{ [0] * 10 ** 10 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 10 ** 5000 }}",
    "{{ lipsum(n=100000) }}",
    "{{ range(10 ** 12) | list }}",
    "{{ ('a' * 1000000) | urlize }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>3000000000}'.format(1) }}",
    "{{ '\\ud800' }}",
)
FILTER_EXPRESSIONS = (
    "True",
    "scenario.number == 1",
    "{{ scenario.number }} == 1",
    "9 ** 9 ** 9",
    "'a' * 10 ** 12 == 'b'",
    "[0] * 10 ** 9",
    "0.5 in range(10 ** 15)",
    "[x for x in range(10 ** 10)]",
    "scenario.__class__.__mro__",
    "().__class__.__bases__[0].__subclasses__()",
    "__import__('os').system('touch @WRITTEN@')",
    "open('@WRITTEN@', 'w')",
    "lambda: (yield)",
    "agent.open_regular_file('@SECRET_FILE@')",
    "(" * 200 + "1" + ")" * 200,
    "-" * 3000 + "1",
    "1 if 1 else " * 300 + "1",
    "model.parameters",
    "",
    "not",
)


def expression(dice: Random, depth: int = 3) -> str:
    """Return an expression of a template."""
    made = dice.choice(NAMES)
    for _ in range(dice.randrange(1, depth + 2)):
        made = dice.choice(
            (
                f"{made}.{dice.choice(ATTRIBUTES)}",
                f"{made}['{dice.choice(ATTRIBUTES)}']",
                f"({made})[0]",
                f"{made}({dice.choice(('', '1', 'scenario', repr('@SECRET_FILE@'), repr('@WRITTEN@')))})",
                f"{made}|{_filter(dice)}",
                f"({made} ~ {dice.choice(NAMES)})",
                f"[{made}]",
                f"({made} is {dice.choice(('defined', 'callable', 'sameas agent', 'mapping'))})",
            )
        )
    return made


def template(dice: Random) -> str:
    """Return a template, or a few in one, or a text that is none."""
    pieces = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        kind = dice.random()
        if kind < 0.5:
            pieces.append("{{ " + expression(dice) + " }}")
        elif kind < 0.85:
            pieces.append(dice.choice(STATEMENTS).replace("EXPRESSION", expression(dice, 2)))
        else:
            pieces.append(text(dice))
    return " ".join(pieces)


def filter_expression(dice: Random) -> str:
    """Return an expression that says which combinations a job keeps, or when a question is skipped."""
    kind = dice.random()
    if kind < 0.6:
        return dice.choice(FILTER_EXPRESSIONS)
    if kind < 0.8:
        owner = dice.choice(("scenario", "agent", "model", "agent.traits", "q0.answer", builtin(dice)))
        return f"{owner}.{dice.choice(ATTRIBUTES)}({text(dice)!r})"
    return template(dice)


def _filter(dice: Random) -> str:
    made = dice.choice(FILTERS)
    return made.replace("{a}", dice.choice(ATTRIBUTES)).replace("{n}", dice.choice(("3", "100000", "10**9")))
