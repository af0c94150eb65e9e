"""The assembler: whatever it is made of, a program is short enough and jumps where it should."""

import errno

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.engine.sandbox.kernel.bpf import Check, NoneOf, Null, OneOf, Rule, program
from tests.unit.engine.sandbox.kernel.interpreter import LONGEST, verdict

ARCHITECTURE, LIMIT, REFUSED = 7, 1 << 30, errno.EPERM
WORDS = st.integers(0, (1 << 32) - 1)
CHECKS = st.one_of(
    st.builds(OneOf, st.integers(0, 5), st.lists(WORDS, min_size=1, max_size=9).map(tuple)),
    st.builds(NoneOf, st.integers(0, 5), WORDS),
    st.builds(Null, st.integers(0, 5)),
)
RULES = st.builds(Rule, st.lists(CHECKS, max_size=3).map(tuple), st.sampled_from([0, 0, 0, errno.ENOSYS]))


def holds(check: Check, arguments: list[int]) -> bool:
    match check:
        case OneOf(argument, values):
            return arguments[argument] % (1 << 32) in values
        case NoneOf(argument, bits):
            return not arguments[argument] & bits
        case Null(argument):
            return arguments[argument] == 0
    raise AssertionError(check)


@given(
    rules=st.dictionaries(st.integers(0, 600), RULES, min_size=1, max_size=60),
    number=st.integers(0, 600),
    given_arguments=st.lists(st.one_of(st.just(0), WORDS, st.integers(0, (1 << 64) - 1)), min_size=6),
    chosen=st.randoms(use_true_random=False),
)
def test_a_program_decides_as_its_rules_do(rules, number, given_arguments, chosen) -> None:
    made = program(ARCHITECTURE, rules, errno=REFUSED, limit=LIMIT)
    assert len(made) <= LONGEST
    for each in (number, chosen.choice(sorted(rules))):
        arguments = given_arguments[:6]
        rule = rules.get(each, Rule(errno=REFUSED))
        for check in rule.checks:
            if isinstance(check, OneOf) and chosen.random() < 0.7:
                arguments[check.argument] = chosen.choice(check.values)
        allowed = all(holds(check, arguments) for check in rule.checks)
        expected = rule.errno or (0 if allowed else REFUSED)
        assert verdict(made, ARCHITECTURE, each, arguments) == expected


def test_halves_too_long_for_a_condition_are_jumped_over() -> None:
    rules = {number: Rule((OneOf(0, tuple(range(60))),)) for number in range(100)}
    made = program(ARCHITECTURE, rules, errno=REFUSED, limit=LIMIT)
    assert len(made) > 6000
    for number in range(100):
        assert verdict(made, ARCHITECTURE, number, [59]) == 0
        assert verdict(made, ARCHITECTURE, number, [60]) == REFUSED


def test_other_architectures_and_conventions_are_refused() -> None:
    made = program(ARCHITECTURE, {3: Rule()}, errno=REFUSED, limit=LIMIT)
    assert verdict(made, ARCHITECTURE, 3) == 0
    assert verdict(made, ARCHITECTURE + 1, 3) == REFUSED
    assert verdict(made, ARCHITECTURE, 3 + LIMIT) == REFUSED
    assert verdict(made, ARCHITECTURE, 0xFFFFFFFF) == REFUSED


def test_only_the_half_that_the_kernel_reads_counts() -> None:
    rules = {1: Rule((OneOf(0, (5,)),)), 2: Rule((Null(0),)), 3: Rule((OneOf(0, (-1,)),))}
    made = program(ARCHITECTURE, rules, errno=REFUSED, limit=LIMIT)
    assert verdict(made, ARCHITECTURE, 1, [5 + (1 << 32)]) == 0
    assert verdict(made, ARCHITECTURE, 2, [1 << 32]) == REFUSED
    assert verdict(made, ARCHITECTURE, 3, [-1]) == 0
