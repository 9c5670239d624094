"""Works out expressions whose value stands in the source of a test, and writes such values as expectations."""

import ast
import builtins
import datetime
import decimal
import fractions
import operator
import re
import sys
import textwrap

import observe

MAX_STEPS = 200_000
MAX_SIZE = 200_000


class NotLiteral(Exception):
    pass


class Made:
    """What the tested code's class of this name makes of these arguments."""

    def __init__(self, name, arguments, keywords):
        self.name = name
        self.arguments = arguments
        self.keywords = keywords


class Near:
    """A number that need not be met exactly."""

    def __init__(self, value, tolerance):
        self.value = value
        self.tolerance = tolerance


def approx(value, rel=None, abs=None, nan_ok=False):
    """As `pytest.approx`, for one finite number."""
    if type(value) not in (int, float) or not -1e300 < value < 1e300 or nan_ok:
        raise NotLiteral
    relative = 0.0 if rel is None and abs is not None else (1e-6 if rel is None else rel) * builtins.abs(value)
    return Near(value, float(max(relative, 1e-12 if abs is None else abs)))


HOLDERS = {f"builtins.{kind.__name__}": kind for kind in (dict, enumerate, frozenset, list, reversed, set, tuple, zip)}
CALLS = {
    **{f"builtins.{call.__name__}": call for call in (abs, bool, bytes, float, int, max, min, range, sorted, str, sum)},
    "datetime.date": datetime.date,
    "datetime.datetime": datetime.datetime,
    "datetime.time": datetime.time,
    "datetime.timedelta": datetime.timedelta,
    "decimal.Decimal": decimal.Decimal,
    "fractions.Fraction": fractions.Fraction,
    "pytest.approx": approx,
    "re.escape": re.escape,
    "textwrap.dedent": textwrap.dedent,
}
VALUES = {"datetime.timezone.utc": datetime.timezone.utc, "datetime.UTC": datetime.timezone.utc}
METHODS = {"decode", "encode", "join", "lower", "lstrip", "rstrip", "split", "splitlines", "strip", "upper"}
BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Not: operator.not_, ast.Invert: operator.invert}


class Literal:
    """
    Works out one expression.

    origin(node): the dotted name of what an expression names, such as "decimal.Decimal", or None
    constant(node): the value of a name that is given one literal; raises NotLiteral
    """

    def __init__(self, origin, constant):
        self.origin = origin
        self.constant = constant
        self.steps = 0
        self.variables = {}

    def value(self, node):
        try:
            return self.work_out(node)
        except NotLiteral:
            raise
        except Exception:  # such as 1 / 0
            raise NotLiteral from None

    def work_out(self, node):
        self.steps += 1
        method = getattr(self, f"of_{type(node).__name__}", None)
        if method is None or self.steps > MAX_STEPS:
            raise NotLiteral
        return limited(method(node))

    def of_Constant(self, node):
        if node.value is Ellipsis or type(node.value) is complex:
            raise NotLiteral
        return node.value

    def of_Name(self, node):
        if node.id in self.variables:
            return self.variables[node.id]
        named = self.origin(node)
        return VALUES[named] if named in VALUES else self.constant(node)

    def of_Attribute(self, node):
        return VALUES[self.origin(node)]

    def of_List(self, node):
        return [one for element in node.elts for one in self.elements(element)]

    def of_Tuple(self, node):
        return tuple(self.of_List(node))

    def of_Set(self, node):
        return set(self.of_List(node))

    def of_Dict(self, node):
        pairs = {}
        for key, value in zip(node.keys, node.values):
            pairs.update(self.work_out(value) if key is None else {self.work_out(key): self.work_out(value)})
        return pairs

    def of_UnaryOp(self, node):
        return UNARY[type(node.op)](plain(self.work_out(node.operand)))

    def of_BinOp(self, node):
        left, right = self.work_out(node.left), self.work_out(node.right)
        if isinstance(node.op, ast.Pow) and size(left) * abs(right) > MAX_SIZE:
            raise NotLiteral
        if isinstance(node.op, ast.Mult):
            for one, times in ((left, right), (right, left)):
                if hasattr(one, "__len__") and len(one) * times > MAX_SIZE:
                    raise NotLiteral
        if isinstance(node.op, ast.Mod) and isinstance(left, (str, bytes)):
            raise NotLiteral
        return BINARY[type(node.op)](left, right)

    def of_Subscript(self, node):
        return self.work_out(node.value)[self.work_out(node.slice)]

    def of_Slice(self, node):
        return slice(*(None if one is None else self.work_out(one) for one in (node.lower, node.upper, node.step)))

    def of_JoinedStr(self, node):
        return "".join(self.work_out(one) for one in node.values)

    def of_FormattedValue(self, node):
        value = self.work_out(node.value)
        if type(value) not in (str, int) or node.format_spec is not None:
            raise NotLiteral
        return repr(value) if node.conversion == ord("r") else str(value)

    def of_Call(self, node):
        arguments = [one for argument in node.args for one in self.elements(argument)]
        keywords = {one.arg: self.work_out(one.value) for one in node.keywords}
        if None in keywords:
            raise NotLiteral
        named = self.origin(node.func)
        if named in HOLDERS:
            return HOLDERS[named](*arguments, **keywords)
        if named in CALLS:
            return CALLS[named](*plain(arguments), **plain(keywords))
        if named is not None and is_tested_class(named):
            return Made(named.rpartition(".")[2], arguments, keywords)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            receiver = self.work_out(node.func.value)
            if type(receiver) in (str, bytes):
                return getattr(receiver, node.func.attr)(*arguments, **keywords)
        raise NotLiteral

    def of_ListComp(self, node):
        return list(self.generated(node.generators, lambda: self.work_out(node.elt)))

    def of_SetComp(self, node):
        return set(self.of_ListComp(node))

    def of_GeneratorExp(self, node):
        return self.of_ListComp(node)

    def of_DictComp(self, node):
        return dict(self.generated(node.generators, lambda: (self.work_out(node.key), self.work_out(node.value))))

    def elements(self, node):
        if isinstance(node, ast.Starred):
            yield from self.work_out(node.value)
        else:
            yield self.work_out(node)

    def generated(self, generators, result):
        if not generators:
            yield result()
            return
        first, *rest = generators
        if first.ifs or first.is_async:
            raise NotLiteral
        values = self.work_out(first.iter)
        outside = self.variables
        for one in values:
            self.variables = dict(outside)
            self.bind(first.target, one)
            yield from self.generated(rest, result)
        self.variables = outside

    def bind(self, target, value):
        if isinstance(target, ast.Name):
            self.variables[target.id] = value
        elif isinstance(target, ast.Tuple) and len(target.elts) == len(value):
            for name, one in zip(target.elts, value):
                self.bind(name, one)
        else:
            raise NotLiteral


def limited(value):
    """Iterators become lists, so that a value can be used twice."""
    if isinstance(value, (enumerate, zip, reversed, type(reversed([])))):
        value = list(value)
    if size(value) > MAX_SIZE:
        raise NotLiteral
    return value


def size(value):
    """About how many bytes, or elements."""
    if isinstance(value, int):
        return value.bit_length() // 8 + 1
    return len(value) if hasattr(value, "__len__") else 1


def is_tested_class(named):
    """Whether a dotted name looks like a class that is imported from the code under test."""
    root, _, rest = named.partition(".")
    return root not in sys.stdlib_module_names | {"builtins", "pytest"} and rest.rpartition(".")[2][:1].isupper()


def is_fixed(value):
    """Whether nothing can change it."""
    if isinstance(value, (tuple, frozenset)):
        return all(is_fixed(one) for one in value)
    return not isinstance(value, (list, dict, set, Made))


def holds(value, *kinds):
    """Whether it is of one of these classes or has such a thing inside."""
    if isinstance(value, dict):
        return any(holds(one, *kinds) for pair in value.items() for one in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(holds(one, *kinds) for one in value)
    return isinstance(value, kinds)


def plain(value):
    if holds(value, Made, Near):
        raise NotLiteral
    return value


def expectation(value):
    """The canonical form, in which also stand `["made", class, arguments, keywords]` and `["almost", number, tolerance]`."""
    kind = type(value)
    if kind is Made:
        keywords = [[name, expectation(one)] for name, one in value.keywords.items()]
        return ["made", value.name, [expectation(one) for one in value.arguments], keywords]
    if kind is Near:
        return ["almost", expectation(value.value), expectation(value.tolerance)]
    if kind in (list, tuple):
        return [kind.__name__, [expectation(one) for one in value]]
    if kind is dict:
        return ["dict", [[expectation(key), expectation(one)] for key, one in value.items()]]
    if kind in (set, frozenset) and holds(value, Made, Near):
        return ["set", [expectation(one) for one in value]]
    data = observe.canonical(value)
    if data[0] in ("cut", "opaque"):
        raise NotLiteral
    return data


def pattern(value):
    """A regular expression, if it means the same in Python and in JavaScript."""
    if not isinstance(value, str):
        raise NotLiteral
    try:
        re.compile(value)
    except re.error:
        raise NotLiteral from None
    escaped = re.findall(r"\\(.)", value, re.DOTALL)
    rest = re.sub(r"\\.", "_", value, flags=re.DOTALL)
    if any(sign.isalnum() and sign not in "dDwWsSbBnrtfv" for sign in escaped):
        raise NotLiteral
    if re.search(r"\(\?(?![:=!])|[*+?}]\+|\[\^?\]|\{(?!\d+(,\d*)?\})", rest):
        raise NotLiteral
    return value
