"""Angles of a size, and the bits of whole numbers: by the tables of the specification, and plainly."""

import math
import random
from fractions import Fraction

import pytest
from unit.languages.programs import HEADER, distribution, read

from paultrap.languages import ProgramError, ProgramLimits
from paultrap.languages.qasm.ansatz import Ansatz


def angle_of(statements, expression):
    """Return the angle that a gate gets."""
    (found,) = read(f"{HEADER}{statements} qubit q; rx({expression}) q;").program.params
    return found


def bits_of(statements, expression, size):
    """Return some bits, the highest first."""
    result = f"out = {expression}; qubit q; bit done = measure q;"
    text = f"{HEADER}bit[{size}] out; {statements} {result}"
    (state,) = distribution(text)
    return f"{state % 2**size:0{size}b}"


SPECIFICATION = (
    "angle[4] a = 7 * (pi / 8); angle[4] b = pi / 8; angle[4] c = 5 * (pi / 4); uint[4] two = 2; "
)


@pytest.mark.parametrize(
    ("expression", "bits"),
    [
        ("a", "0111"),
        ("a + b", "1000"),
        ("b - a", "1010"),
        ("a / two", "0011"),
        ("two * c", "0100"),
        ("c * two", "0100"),
        ("-b", "1111"),
        ("~b", "1110"),
        ("a & c", "0010"),
        ("a | c", "1111"),
        ("a ^ c", "1101"),
        ("c << 1", "0100"),
        ("c >> 1", "0101"),
        ("c >> 200", "0000"),
        ("rotl(c, 1)", "0101"),
        ("rotr(c, 2)", "1010"),
        ("rotl(a, -1)", "1011"),
        ("a + pi", "1111"),
        ("a + pi / 4", "1001"),
    ],
)
def test_the_tables_of_the_specification(expression, bits):
    assert bits_of(SPECIFICATION, f"bit[4]({expression})", 4) == bits
    assert bits_of(SPECIFICATION, expression, 4) == bits
    assert angle_of(SPECIFICATION, expression) == int(bits, 2) * math.pi / 8


@pytest.mark.parametrize(
    ("declaration", "angle"),
    [
        ("angle[4] a = pi / 10;", math.pi / 8),
        ("angle[4] a = pi / 16;", 0),  # of two that are as near the even one
        ("angle[4] a = 3 * pi / 16;", math.pi / 4),
        ("angle[8] a = 6.283185307179586 * (127. / 512.);", math.pi / 2),
        ("angle[4] a = -pi / 8;", 15 * math.pi / 8),
        ("angle[4] a = 9 * pi;", math.pi),
        ("angle[4] a = 1.99 * pi;", 0),
        ("angle[1] a = 2;", math.pi),
        ("angle[64] a = 1;", 1.0),
        ("angle a = pi / 10;", math.pi / 10),
        ("const angle[4] a = pi / 10;", math.pi / 8),
        ("angle[4] a = angle[4](pi / 10);", math.pi / 8),
        ("angle[4] w = pi / 8; angle[8] a = w;", math.pi / 8),
        ("angle[8] w = 1.2; angle[4] a = w;", 3 * math.pi / 8),
        ("angle[8] w = pi * 24 / 128; angle[3] a = w;", math.pi / 4),
        ('bit[4] w = "0011"; angle[4] a = w;', 3 * math.pi / 8),
        ('angle[4] a = angle[4]("1001");', 9 * math.pi / 8),
        ("angle[4] a; a = pi / 10; a += pi / 8; a *= 3;", 6 * math.pi / 8),
        ("angle[4] a = pi; a /= 3;", math.pi / 4),
        ("angle[4] a = pi; a -= 3 * pi / 2;", 3 * math.pi / 2),
        ('angle[4] a = 0; a[0] = 1; a[2:3] = "10";', 9 * math.pi / 8),
        ("def f(angle[4] t) -> angle[3] { return t + pi / 8; } float a = f(pi / 10);", math.pi / 4),
        ("float a = sin(angle[4](pi / 10));", math.sin(math.pi / 8)),
        ("angle[4] w = pi / 10; float a = w * 0.5;", math.pi / 16),
        ("angle[4] w = 1; float a = w > pi / 8 && w == angle[4](1) && bool(w) && !(!w);", 1),
        ("angle[4] w = pi; angle[4] v = pi / 8; uint[4] a = w / v;", 8),
        ("angle[4] w = 9 * pi / 8; uint[4] a = popcount(w);", 2),
        ("float a = 0; for angle[4] t in {pi / 10, pi / 10} { a += t; }", math.pi / 4),
    ],
)
def test_angles_are_rounded_to_their_size_and_taken_less_whole_turns(declaration, angle):
    assert angle_of(declaration, "a") == pytest.approx(angle, abs=1e-15)


def test_bits_of_angles_and_whole_numbers_are_read_by_index_and_slice():
    text = "angle[6] a = pi / 2 + pi / 32; uint[6] u = 37; int[4] i = -2; "
    for expression, bits in (
        ("a[0:2]", "001"),
        ("a[3:5]", "010"),
        ("u[{5, 0, 1}]", "011"),
        ("u[-2:-1]", "10"),
        ("i[1:3]", "111"),
        ("rotl(u, 3)", "101100"),
        ("rotr(u, -3)", "101100"),
        ("~u", "011010"),
        ("~(u & u)", "011010"),
        ("u[5:-1:0]", "101001"),
    ):
        assert bits_of(text, expression, len(bits)) == bits, expression
    assert angle_of(text, "a[4] + 2 * u[1] + 4 * i[3]") == 5


def test_bits_of_whole_numbers_are_assigned_to():
    assert angle_of('int[32] i = 15; i[4:7] = "1010";', "i == 175") == 1
    assert angle_of("uint[4] u = 0; u[3] = 1; u[{0, 1}] = 3;", "u") == 11
    assert angle_of("int[4] i = 0; i[3] = true;", "i") == -8
    assert angle_of("int[4] i = 5;", "~i") == -6
    assert angle_of("uint[4] i = 5; bit b = 1;", "~i + ~b") == 10


@pytest.mark.parametrize(
    ("declarations", "expression", "bits"),
    [
        ("", "a << 1", "00011110"),  # the table of the specification, and its neighbours
        ("", "a >> 3", "00010001"),
        ("", "a << 200", "00000000"),
        ("", "(a << 1) >> 1", "00001111"),
        ("", "a | b", "11111111"),
        ("", "~(a & b)", "11111111"),
        ("", "~(a ^ b) << 1", "00000000"),
        ("", "rotl(a << 1, 1)", "00111100"),
        ("a <<= 1;", "a", "00011110"),
        ("a >>= u;", "a", "01000111"),
        ("a &= b;", "a", "00000000"),
        ("a[0:3] ^= a[4:7];", "a", "10000111"),
        ("", "bit[8](u << 7)", "10000000"),
        ("", "bit[8](~(u << 7) >> 1)", "00111111"),
        ("int[8] i = -3;", "bit[8](i >> 1)", "11111110"),
        ("int[8] i = 64;", "bit[8]((i << 1) / 2)", "11000000"),
        ("u <<= 8;", "bit[8](u)", "00000000"),
        ("int[8] i = -1;", "popcount(i)", "00001000"),
        ("bit s = 1; bit t = 0;", "bit[8](~(s & t))", "00000001"),
    ],
)
def test_bits_are_shifted_off_the_end_and_registers_keep_their_width(
    declarations, expression, bits
):
    registers = 'bit[8] a = "10001111"; bit[8] b = "01110000"; uint[8] u = 1;'
    assert bits_of(registers + declarations, expression, 8) == bits


def test_wide_registers_are_shifted_and_combined():
    text = 'bit[200] a = "' + "10" * 100 + '";'
    assert bits_of(text, "(a << 1) ^ (a >> 1) ^ ~(a & a)", 200) == "01" * 99 + "00"


def test_random_sums_are_those_of_whole_numbers():
    rng = random.Random(4)
    for _ in range(60):
        size = rng.randint(1, 20)
        one, other = rng.uniform(-20, 20), rng.uniform(-20, 20)
        turn, whole = Fraction(math.tau), 2**size

        def rounded(value, turn=turn, whole=whole):
            return round(Fraction(value) / turn * whole) % whole

        a, b, times = rounded(one), rounded(other), rng.randint(0, 9)
        symbol = rng.choice("+-&|^")
        wanted = {"+": a + b, "-": a - b, "&": a & b, "|": a | b, "^": a ^ b}[symbol]
        text = f"angle[{size}] a = {one!r}; angle[{size}] b = {other!r};"
        found = bits_of(text, f"{times} * (a {symbol} b)", size)
        assert int(found, 2) == times * wanted % whole


def test_an_input_of_an_ansatz_is_rounded_too():
    text = f"{HEADER}input angle[4] a; input angle b; qubit q; rx(a) q; rz(b) q;"
    gates = Ansatz(text).gates([math.pi / 10, math.pi / 10], ProgramLimits())[1]
    assert [gate.params[0] for gate in gates] == [math.pi / 8, math.pi / 10]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("angle[4] a = 1; int i = a;", "an angle is no whole number"),
        ("angle[4] a = 1; uint i = uint(a);", "an angle is no whole number"),
        ("angle[4] a = 1; bit[5] b = a;", "4 bits for a register of 5"),
        ("angle[4] a = 1; bit[3] b = bit[3](a);", "an angle of 4 bits as 3 bits"),
        ('bit[5] b = "00000"; angle[4] a = b;', "5 bits as an angle of 4"),
        ("angle[4] a = 1; a[4] = 1;", "index 4 is out of range"),
        ("float a = 1; a[4] = 1;", "bits are assigned to those of whole numbers and of angles"),
        ("float a = 1; bit b = a[0];", "these have no bits"),
        ("int i = 1; bit b = (i + i)[0];", "these have no bits|not expected"),
        ("angle a = 1; bit b = a[0];", "these have no bits"),
        ("angle[4] a = 1; a = a / 0;", "divided by 0"),
        ("angle[4] a = 1; a = a / angle[4](0);", "divided by 0"),
        ("angle[4] a = 1; a = a << -1;", "a shift by less than 0"),
        ("int i = 2 + ~3;", "~ of a number without a width"),
        ('bit[2] b = "01"; b = b << -1;', "a shift by less than 0"),
        ("uint[2] u = 1; u = u >> -1;", "a shift by less than 0"),
        ("bit b = rotl(3, 1);", "these have no bits"),
        ("uint[4] u = 3; u = rotl(u);", '"rotl" takes 2 arguments'),
        ("angle[129] a;", "a number cannot have 129 bits"),
        (
            "bit b; qubit p; b = measure p; uint[4] u; u[0] = b;",
            "outcome of a measurement|no value",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(statements, words):
    with pytest.raises(ProgramError, match=words):
        read(f"{HEADER}{statements} qubit q; x q;")
