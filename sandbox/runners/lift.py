"""Takes the expected values out of tests.

Reads `{"files": {name: source}}` as JSON from stdin; a list `"keep"` beside it has ids of sites not to be lifted.
Writes `{"files": {name: {"driver": source, "sites": {id: site}, "soft": [{"line": n, "why": text}], "gaps": [lines]}}}`, or
`{name: {"error": text}}` for a file that cannot be read. A driver has its lines where the test had them, so that places in
messages still mean something; its comments are gone, for they may tell what is expected.
"""

import ast
import builtins
import collections
import io
import json
import os
import re
import sys
import tokenize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from literals import Literal, Made, NotLiteral, expectation, holds, is_fixed, pattern  # noqa: E402

COMPARISONS = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Is: "is",
    ast.IsNot: "isnot",
    ast.In: "in",
    ast.NotIn: "notin",
}
TURNED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "in": "has", "notin": "hasnot"}
OPPOSITE = {"eq": "ne", "is": "isnot", "in": "notin", "has": "hasnot", "true": "false"}
OPPOSITE |= {negative: positive for positive, negative in OPPOSITE.items()}
METHODS = {
    "assertEqual": "eq",
    "assertEquals": "eq",
    "assertListEqual": "eq",
    "assertTupleEqual": "eq",
    "assertDictEqual": "eq",
    "assertSetEqual": "eq",
    "assertSequenceEqual": "eq",
    "assertMultiLineEqual": "eq",
    "assertNotEqual": "ne",
    "assertIs": "is",
    "assertIsNot": "isnot",
    "assertIn": "in",
    "assertNotIn": "notin",
    "assertGreater": "gt",
    "assertGreaterEqual": "ge",
    "assertLess": "lt",
    "assertLessEqual": "le",
}
RAISING = {"assertRaises", "assertRaisesRegex"}
CAUGHT_ATTRIBUTES = {"value", "exception", "type"}
UNCATCHABLE = {"BaseException", "GeneratorExit", "KeyboardInterrupt", "CancelledError", "AssertionError"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COUNTED = {"builtins.range", "builtins.enumerate", "builtins.zip", "builtins.reversed", "builtins.sorted"}
LOOPS = (ast.For, ast.AsyncFor, ast.While)


def main():
    asked = json.load(sys.stdin)
    keep = {re.sub(r"\[\d+\]$", "", site) for site in asked.get("keep", [])}
    shared = {name for source in asked["files"].values() for name in taken_from_elsewhere(source)}
    files = {name: lift(name, source, keep, shared) for name, source in asked["files"].items()}
    json.dump({"files": files}, sys.stdout)


def lift(name, source, keep, shared):
    """One file; `shared`: names that other files may take from it."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        lifter = Lifter(name, source, keep, shared)
        lifter.visit(lifter.tree)
        driver = without_comments(lifter.rewritten())
        ast.parse(driver)
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    soft = sorted(lifter.soft, key=lambda one: one["line"])
    return {"driver": driver, "sites": lifter.sites, "soft": soft, "gaps": gaps_of(lifter.tree)}


def gaps_of(tree):
    """Lines in front of which a function can be put: those where a function or class begins."""
    starts = [one for one in tree.body if isinstance(one, (*FUNCTIONS, ast.ClassDef))]
    return [min([one.lineno, *(mark.lineno for mark in one.decorator_list)]) for one in starts]


class Soft(Exception):
    """An assertion stays as it is; the text says why."""


class Check:
    """One assertion, taken apart: what is observed, and what is expected of it."""

    def __init__(self, node, op, observed, expected=None, message=None, places=None, names=(), table=None):
        self.node = node
        self.op = op
        self.observed = observed
        self.expected = expected
        self.message = message
        self.places = places
        self.names = names
        self.table = table


class Lifter:
    """Goes through one file and collects edits of its text."""

    def __init__(self, name, source, keep, shared):
        self.name = name
        self.keep = keep
        self.shared = shared
        self.tree = ast.parse(source)
        self.source = Source(source)
        self.names = Names(self.tree)
        self.sites = {}
        self.soft = []
        self.edits = []
        self.gone = set()
        self.functions = []
        self.handled = 0
        self.loops = 0

    def visit(self, node):
        if isinstance(node, FUNCTIONS):
            self.functions.append(node)
            self.visit_all(node)
            self.functions.pop()
        elif isinstance(node, (ast.Try, ast.TryStar)) and any(catches_assertions(handler) for handler in node.handlers):
            self.handled += 1
            for one in node.body:
                self.visit(one)
            self.handled -= 1
            for one in (*node.handlers, *node.orelse, *node.finalbody):
                self.visit(one)
        elif isinstance(node, LOOPS):
            varying = not self.is_counted(node)
            self.loops += varying
            self.visit_all(node)
            self.loops -= varying
        elif isinstance(node, ast.Assert):
            self.assertion(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self.block(node)
        elif isinstance(node, ast.Expr) and self.method_of(node.value) is not None:
            self.method(node)
        elif isinstance(node, ast.Call) and self.is_check(node):
            self.call(node)
        else:
            self.visit_all(node)

    def visit_all(self, node):
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def is_counted(self, loop):
        """Whether the source says how often a loop is run."""
        if not isinstance(loop, ast.For):
            return False
        counted = loop.iter
        if isinstance(counted, ast.Call) and self.names.origin(counted.func) in COUNTED and not counted.keywords:
            return all(self.literal(one) is not None for one in counted.args)
        return self.literal(counted) is not None

    def varies(self):
        """Whether right code may come by here more or less often than the reference: in a loop over its results, in a helper."""
        return self.loops > 0 or len(self.functions) > 1 or not self.functions[0].name.startswith("test")

    # Kinds of assertions

    def assertion(self, node):
        """`assert …`; the parts of an `and` one by one."""
        pieces = []
        checks = []
        for part in parts_of(node.test):
            try:
                check = self.check(part)
                pieces.append(self.piece(check))
                checks.append(check)
            except Soft as soft:
                self.leave(part, soft)
                pieces.append(f"assert ({self.source.text(part)})")
        if checks:
            self.edits.append((node, "; ".join(pieces)))
            if node.msg is not None:
                self.gone.update(map(id, ast.walk(node.msg)))

    def method(self, node):
        """`self.assertEqual(…)` as a statement."""
        call = node.value
        name = self.method_of(call)
        if name in RAISING:
            return self.call(call)
        try:
            self.edits.append((node, self.piece(self.check_of_method(call, name))))
        except Soft as soft:
            self.leave(call, soft)

    def block(self, node):
        """`with pytest.raises(…):`, perhaps among other things."""
        within = 0
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and self.is_raises(call):
                try:
                    self.raises(call, item.optional_vars)
                except Soft as soft:
                    self.leave(call, soft)
                    within += "AssertionError" in ast.unparse(call) or "Exception" in ast.unparse(call)
            else:
                self.visit(item)
        self.handled += within
        for one in node.body:
            self.visit(one)
        self.handled -= within

    def call(self, node):
        """`pytest.raises(X, function, …)`, and whatever else looks like an assertion but is none of those that lift."""
        try:
            if not self.is_raises(node):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                raise Soft(f"{name} does not lift")
            function = 2 if self.method_of(node) == "assertRaisesRegex" else 1
            if len(node.args) <= function:
                raise Soft("what should raise is not here")
            self.raises(node, None, node.args[function:])
        except Soft as soft:
            self.leave(node, soft)
            self.visit_all(node)

    def raises(self, call, variable, called=()):
        """An expectation of an exception; the call becomes one that records what is raised."""
        regex = self.method_of(call) == "assertRaisesRegex"
        if len(call.args) < 1 + regex or (not called and len(call.args) > 1 + regex):
            raise Soft("unusual arguments")
        keywords = {} if called else {one.arg: one.value for one in call.keywords}
        message = call.args[1] if regex else keywords.pop("match", None)
        keywords.pop("msg", None)
        if keywords:
            raise Soft("unusual arguments")
        accepted = self.accepted(call.args[0])
        self.check_uses(variable)
        names = []
        text = None if message is None else self.pattern(message, names)
        site = self.site(Check(call, "raises", None, ["names", accepted], text, names=names))
        asks = text is not None
        if called:
            given = ", ".join([repr(site), repr(asks), *map(ast.unparse, [*called, *call.keywords])])
            self.edits.append((call, f"__arete__.raised({given})"))
        else:
            self.edits.append((call, f"__arete__.raises({site!r}{', True' if asks else ''})"))

    # Checks

    def check(self, node, negated=False):
        """An expression that is asserted."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.check(node.operand, not negated)
        if isinstance(node, ast.Compare):
            if len(node.ops) > 1:
                raise Soft("a chain of comparisons")
            op = COMPARISONS[type(node.ops[0])]
            if negated and op not in OPPOSITE:
                raise Soft("the opposite of an order")
            op = OPPOSITE[op] if negated else op
            return self.comparison(node, op, node.left, node.comparators[0])
        if any(isinstance(one, ast.Compare) for one in ast.walk(node)):
            raise Soft("a comparison inside a larger expression")
        if self.literal(node) is not None:
            raise Soft("nothing is observed")
        op = "false" if negated else "true"
        return Check(node, op, f"not not ({self.source.text(node)})", ["bool", not negated])

    def check_of_method(self, call, name):
        if any(isinstance(one, ast.Starred) for one in call.args):
            raise Soft("unusual arguments")
        keywords = {one.arg: one.value for one in call.keywords if one.arg != "msg"}
        arguments = call.args
        count = 1 if name in ("assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone") else 2
        if len(arguments) < count or (keywords and name != "assertAlmostEqual"):
            raise Soft("unusual arguments")
        if name in ("assertTrue", "assertFalse"):
            return self.check(arguments[0], name == "assertFalse")
        if name in ("assertIsNone", "assertIsNotNone"):
            op = "is" if name == "assertIsNone" else "isnot"
            return Check(call, op, self.source.text(arguments[0]), ["none"])
        if name == "assertAlmostEqual":
            return self.almost(call, keywords)
        if name == "assertRegex":
            names = []
            regex = self.pattern(arguments[1], names)
            return Check(call, "match", self.source.text(arguments[0]), message=regex, names=names)
        if name not in METHODS:
            raise Soft(f"{name} does not lift")
        return self.comparison(call, METHODS[name], *arguments[:2])

    def comparison(self, node, op, left, right):
        """Which of the two sides stands in the source, and which must be observed."""
        sides = [self.literal(left), self.literal(right)]
        if None not in sides and [holds(value, Made) for value, _ in sides] in ([True, False], [False, True]):
            sides = [None if holds(side[0], Made) else side for side in sides]
        if None not in sides:
            raise Soft("both sides are literals")
        if sides == [None, None]:
            return self.parametrised(node, op, left, right)
        flipped = sides[1] is None
        if op in ("is", "isnot"):
            value, names = sides[0] or sides[1]
            if not any(value is one for one in (None, True, False)):
                raise Soft("identity with something else than None, True or False")
        else:
            value, names = sides[0] or sides[1]
            op = TURNED[op] if flipped else op
        expected = self.expectation(value)
        if expected[0] == "almost":
            if op != "eq":
                raise Soft("an approximation that is not compared for equality")
            op = "almost"
        return Check(node, op, self.source.text(right if flipped else left), expected, names=names)

    def almost(self, call, keywords):
        left, right = call.args[:2]
        sides = [self.literal(left), self.literal(right)]
        if sum(side is None for side in sides) != 1:
            raise Soft("neither side is a literal" if None in sides else "both sides are literals")
        value, names = sides[0] or sides[1]
        options = {key: self.literal(one) for key, one in keywords.items()}
        if len(call.args) > 2:
            options["places"] = self.literal(call.args[2])
        if None in options.values() or options.keys() - {"places", "delta"} or len(options) > 1:
            raise Soft("unusual arguments")
        expected, places = self.expectation(value), 7
        if "places" in options:
            places = options["places"][0]
        if "delta" in options:
            expected, places = ["almost", expected, self.expectation(options["delta"][0])], None
        if type(value) not in (int, float) or (places is not None and type(places) is not int):
            raise Soft("not a number")
        observed = right if sides[0] is not None else left
        return Check(call, "almost", self.source.text(observed), expected, places=places, names=names)

    def parametrised(self, node, op, left, right):
        """A test whose expected value is a parameter: the values stay out of the driver, which knows their number only."""
        table = Table(self.functions[-1], self) if self.functions else None
        for expected, observed, flipped in ((right, left, False), (left, right, True)):
            if table is None or op in ("is", "isnot") or not isinstance(expected, ast.Name):
                continue
            values = table.column(expected.id)
            if values is None:
                continue
            expectations = [self.expectation(value) for value in values]
            op = TURNED[op] if flipped else op
            return Check(node, op, self.source.text(observed), expectations, table=table)
        raise Soft("neither side is a literal")

    # What checks are made of

    def literal(self, node):
        """Value of an expression and the names in it that are constants; None if it is no literal."""
        names = []
        literal = Literal(self.names.origin, lambda name: self.constant(name, names))
        try:
            return literal.value(node), names
        except (NotLiteral, RecursionError):
            return None

    def constant(self, name, names):
        value = self.names.constant(name, self.functions, self.literal)
        names.append(name)
        return value

    def expectation(self, value):
        try:
            return expectation(value)
        except NotLiteral:
            raise Soft("the expected value has no plain form") from None

    def pattern(self, node, names):
        literal = self.literal(node)
        try:
            if literal is None:
                raise NotLiteral
            names += literal[1]
            return pattern(literal[0])
        except NotLiteral:
            raise Soft("a regular expression that is not simple") from None

    def accepted(self, node):
        """Bare names of the exception classes that may be raised."""
        classes = node.elts if isinstance(node, ast.Tuple) else [node]
        names = []
        for one in classes:
            named = self.names.origin(one) or self.names.own_class(one)
            if named is None:
                raise Soft("exception classes that are not named")
            name = named.rpartition(".")[2]
            alias = getattr(builtins, name, None) if named.startswith("builtins.") else None
            names.append(alias.__name__ if isinstance(alias, type) else name)
        if not names or UNCATCHABLE & set(names):
            raise Soft("an exception that observing does not catch")
        return names

    def check_uses(self, variable):
        """What is caught can only be asked for the exception."""
        if variable is None:
            return
        scope = self.functions[-1] if self.functions else self.tree
        if not isinstance(variable, ast.Name):
            raise Soft("what is caught is stored elsewhere")
        allowed = {
            id(one.value) for one in ast.walk(scope) if isinstance(one, ast.Attribute) and one.attr in CAUGHT_ATTRIBUTES
        }
        for one in ast.walk(scope):
            used = isinstance(one, ast.Name) and one.id == variable.id and isinstance(one.ctx, ast.Load)
            if used and id(one) not in allowed:
                raise Soft("more is asked of what is caught than the exception")

    def method_of(self, node):
        """Name of the `self.assert…` that a call is."""
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr.startswith("assert")
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "self"
            and node.func.attr not in self.names.functions
        ):
            return node.func.attr
        return None

    def is_raises(self, call):
        return self.names.origin(call.func) == "pytest.raises" or self.method_of(call) in RAISING

    def is_check(self, call):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        known = self.names.origin(call.func) in ("pytest.raises", "pytest.warns", "pytest.fail")
        return known or (name.startswith("assert") and name not in self.names.functions)

    # Results

    def piece(self, check):
        """The statement that stands for a check in the driver."""
        if check.table is None:
            return f"__arete__.observe({self.site(check)!r}, {check.observed})"
        base = self.id_of(check.node)
        for index, expected in enumerate(check.expected):
            self.add(f"{base}[{index}]", check, expected)
        self.edits += check.table.edits()
        pattern = base.replace("%", "%%") + "[%d]"
        return f"__arete__.observe({pattern!r} % {check.table.name}, {check.observed})"

    def site(self, check):
        site = self.id_of(check.node)
        self.add(site, check, check.expected)
        return site

    def id_of(self, node):
        """The id of a check that can be lifted where it is."""
        if not self.functions:
            raise Soft("outside of a function")
        if self.handled:
            raise Soft("its failure is caught")
        site = f"{self.name}:{node.lineno}:{node.col_offset + 1}"
        if site in self.keep:
            raise Soft("kept as it is")
        return site

    def add(self, site, check, expected):
        self.gone.update(map(id, check.names))
        self.sites[site] = {
            "op": check.op,
            "expected": expected,
            "message": check.message,
            "places": check.places,
            "line": check.node.lineno,
            "varies": self.varies(),
        }

    def leave(self, node, soft):
        self.soft.append({"line": node.lineno, "why": str(soft)})

    def rewritten(self):
        """The text of the driver, without constants that only assertions used."""
        edits = [*self.edits, *((one, "()") for one in self.names.unused(self.gone, self.shared))]
        return self.source.edited(edits)


class Names:
    """What the names in a file stand for."""

    def __init__(self, tree):
        self.tree = tree
        self.imports = imports_of(tree)
        self.bindings = {}
        self.parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.functions = {node.name for node in ast.walk(tree) if isinstance(node, FUNCTIONS)}
        self.classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        self.declared = {
            name for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names
        }
        self.constants = {}

    def origin(self, node):
        """The dotted name of what is imported or built in, such as "decimal.Decimal" after `from decimal import Decimal`."""
        if isinstance(node, ast.Attribute):
            base = self.origin(node.value)
            return None if base is None else f"{base}.{node.attr}"
        if not isinstance(node, ast.Name):
            return None
        bound = self.bound(self.tree)[node.id]
        imported = self.imports[node.id]
        if bound > 0 and bound == len(imported) and len(set(imported)) == 1:
            return imported[0]
        return f"builtins.{node.id}" if bound == 0 and hasattr(builtins, node.id) else None

    def own_class(self, node):
        """A class that the file itself defines."""
        known = isinstance(node, ast.Name) and node.id in self.classes and self.bound(self.tree)[node.id] == 1
        return node.id if known else None

    def constant(self, name, functions, literal):
        """Value of a name that is given once, as a literal, and never changed; raises NotLiteral."""
        function = next((one for one in reversed(functions) if self.bound(one)[name.id] > 0), None)
        scope = function or self.tree
        key = (id(scope), name.id)
        if key not in self.constants:
            self.constants[key] = None
            self.constants[key] = self.find_constant(scope, name.id, literal)
        known = self.constants[key]
        if known is None or (function is not None and known[0].lineno >= name.lineno):
            raise NotLiteral
        return known[1]

    def find_constant(self, scope, name, literal):
        """Its assignment, value and uses."""
        assignment = next((node for node in scope.body if is_assignment(node, name)), None)
        if assignment is None or name in self.declared:
            return None
        inside = self.without_namesakes(scope, name)
        value = literal(assignment.value)
        if value is None or sum(one == name for node in inside for one in bound_by(node)) != 1:
            return None
        uses = [one for one in inside if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Load)]
        if not is_fixed(value[0]) and not all(self.only_reads(use) for use in uses):
            return None
        return assignment, value[0], uses

    def unused(self, gone, shared):
        """Assignments of constants that nothing but what is gone has read."""
        found = []
        while True:
            more = [
                known[0]
                for (scope, name), known in self.constants.items()
                if known is not None and known[0] not in found and known[2]
                if all(id(use) in gone for use in known[2]) and (scope != id(self.tree) or not shared & {name, "*"})
            ]
            if not more:
                return found
            found += more
            gone = gone | {id(one) for node in more for one in ast.walk(node)}

    def without_namesakes(self, scope, name):
        """All nodes of a scope; in the module without the functions that have something else of that name."""
        if scope is not self.tree:
            return list(ast.walk(scope))
        nodes, rest = [], [scope]
        while rest:
            node = rest.pop()
            if not isinstance(node, FUNCTIONS) or self.bound(node)[name] == 0:
                nodes.append(node)
                rest += ast.iter_child_nodes(node)
        return nodes

    def only_reads(self, use):
        """Whether the place where a name is used cannot change or hand on its value."""
        parent = self.parents[id(use)]
        if isinstance(parent, ast.Subscript):
            return isinstance(parent.ctx, ast.Load) and parent.value is use and self.only_reads(parent)
        if isinstance(parent, (ast.For, ast.comprehension)):
            return parent.iter is use
        return isinstance(parent, (ast.Compare, ast.Starred, ast.BinOp)) or (
            isinstance(parent, ast.Call)
            and isinstance(parent.func, ast.Attribute)
            and parent.func.attr in METHODS
            and use in parent.args[:2]
        )

    def bound(self, scope):
        """How often each name is given something anywhere inside."""
        if id(scope) not in self.bindings:
            inside = list(ast.walk(scope))
            if isinstance(scope, FUNCTIONS):
                inside.remove(scope)  # its own name belongs outside
            self.bindings[id(scope)] = collections.Counter(name for node in inside for name in bound_by(node))
        return self.bindings[id(scope)]


class Table:
    """The literal table of `@pytest.mark.parametrize` above a test."""

    def __init__(self, function, lifter):
        self.function = function
        self.lifter = lifter
        self.name = None
        self.marks = [
            one
            for one in function.decorator_list
            if isinstance(one, ast.Call) and lifter.names.origin(one.func) == "pytest.mark.parametrize"
        ]

    def column(self, name):
        """The values of a parameter, if the driver can do without them; raises Soft if only they stand in the way."""
        for mark in self.marks:
            if len(mark.args) != 2 or not isinstance(mark.args[1], (ast.List, ast.Tuple)):
                continue
            names = self.lifter.literal(mark.args[0])
            if names is None:
                continue
            names = [one.strip() for one in names[0].split(",")] if isinstance(names[0], str) else list(names[0])
            if name in names:
                return self.values(mark, names, name)
        return None

    def values(self, mark, names, name):
        if any(one.arg != "ids" for one in mark.keywords) or len(uses_of(self.function, name)) != 1:
            raise Soft("its expected value is a parameter that is used elsewhere")
        rows = [self.row(one, len(names)) for one in mark.args[1].elts]
        self.cells = [row[names.index(name)] for row in rows]
        literals = [self.lifter.literal(cell) for cell in self.cells]
        if None in literals:
            raise Soft("its expected value is a parameter that is no literal")
        self.ids = None
        if mark.keywords:
            ids = self.lifter.literal(mark.keywords[0].value)
            if ids is None or not all(isinstance(one, str) for one in ids[0]):
                raise Soft("its expected value is a parameter, and ids are made from it")
        else:
            self.ids = [self.row_id(row, names, name, index) for index, row in enumerate(rows)]
        self.mark, self.name = mark, name
        return [value for value, _ in literals]

    def row(self, node, width):
        if isinstance(node, ast.Call) and self.lifter.names.origin(node.func) == "pytest.param":
            cells = node.args
        elif width == 1:
            cells = [node]
        else:
            cells = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
        if len(cells) != width or any(isinstance(one, ast.Starred) for one in cells):
            raise Soft("its expected value is a parameter of an unusual table")
        return cells

    def row_id(self, row, names, name, index):
        """What pytest calls a row."""
        parts = []
        for column, cell in zip(names, row):
            literal = self.lifter.literal(cell)
            if literal is None:
                raise Soft("its expected value is a parameter, next to one that is no literal")
            value = literal[0]
            if isinstance(value, (str, int, float)) or value is None:
                if column == name:
                    raise Soft("its expected value is a parameter and part of the test's id")
                parts.append(str(value))
            elif isinstance(value, bytes):
                raise Soft("its expected value is a parameter, next to one of bytes")
            else:
                parts.append(f"{column}{index}")
        return "-".join(parts)

    def edits(self):
        edits = [(cell, str(index)) for index, cell in enumerate(self.cells)]
        if self.ids is not None:
            edits.append((After(self.mark.args[1]), f", ids={self.ids!r}"))
        return edits


class After:
    """The place behind a node."""

    def __init__(self, node):
        self.lineno = self.end_lineno = node.end_lineno
        self.col_offset = self.end_col_offset = node.end_col_offset


class Source:
    """Text whose places are given by nodes."""

    def __init__(self, text):
        self.bytes = text.encode()
        self.starts = [0]
        for line in self.bytes.split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def span(self, node):
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node):
        start, end = self.span(node)
        text = self.bytes[start:end].decode()
        return f"({text})" if isinstance(node, (ast.Yield, ast.YieldFrom)) else text

    def edited(self, edits):
        """The text with nodes replaced by text in brackets; lines that get lost are put before the last one."""
        result = self.bytes
        for node, text in sorted(edits, key=lambda edit: self.span(edit[0]), reverse=True):
            start, end = self.span(node)
            lost = result[start:end].count(b"\n") - text.count("\n")
            if lost > 0:
                text = text[:-1] + "\n" * lost + text[-1]
            result = result[:start] + text.encode() + result[end:]
        return result.decode()


def parts_of(node):
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return [part for value in node.values for part in parts_of(value)]
    return [node]


def catches_assertions(handler):
    if handler.type is None:
        return True
    classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    certain = {"Exception", "BaseException", "AssertionError"}
    return any(getattr(one, "attr", getattr(one, "id", "")) in certain for one in classes)


def imports_of(tree):
    """Names that imports anywhere in the file give, with the dotted names of what they stand for."""
    imports = collections.defaultdict(list)
    for node in ast.walk(tree):
        for one in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else []:
            if isinstance(node, ast.ImportFrom):
                imports[one.asname or one.name].append(f"{'.' * node.level}{node.module or ''}.{one.name}")
            elif one.asname:
                imports[one.asname].append(one.name)
            else:
                root = one.name.partition(".")[0]
                imports[root].append(root)
    return imports


def taken_from_elsewhere(source):
    """Names that a file may want of another one."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr


def bound_by(node):
    """Names that a node itself gives something."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [one.asname or one.name.partition(".")[0] for one in node.names]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
        return [node.name]
    if isinstance(node, ast.MatchMapping) and node.rest is not None:
        return [node.rest]
    return []


def is_assignment(node, name):
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
    annotated = isinstance(node, ast.AnnAssign) and node.value is not None
    return annotated and isinstance(node.target, ast.Name) and node.target.id == name


def uses_of(scope, name):
    return [one for one in ast.walk(scope) if isinstance(one, ast.Name) and one.id == name]


def without_comments(text):
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(lines)


if __name__ == "__main__":
    main()
