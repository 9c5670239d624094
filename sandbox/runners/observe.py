"""Turns what tests observe into plain data, without running any code of the values.

Everything that is needed is taken hold of when this is imported, which is before any code under test is. Types are told by
identity, attributes are read with the descriptors of the built-in types: a class can neither pose as another one nor be asked.
"""

import base64
import builtins
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import types

# Functions defined from here on keep the built-in names as they are now, whatever is put into their place later.
__builtins__ = dict(vars(builtins))

MAX_DEPTH = 60
MAX_NODES = 20_000
MAX_CHARACTERS = 2**20
MAX_INT_BITS = 10_000
MAX_MESSAGE = 10_000

CUT = ["cut"]


class Observer:
    """What a driver knows as `__arete__`; `send(site, value)` takes each observation."""

    def __init__(self, send):
        self._send = send

    def observe(self, site, value):
        """Records a value."""
        self._send(site, canonical(value))

    def raises(self, site, message=False):
        """Context manager that records what its block raises; `message`: the exception itself is asked for its text."""
        return Raises(self._send, site, message)

    def raised(self, site, message, function, /, *args, **keywords):
        """Calls the function and records what it raises."""
        with self.raises(site, message) as caught:
            function(*args, **keywords)
        return caught


class Raises:
    """Lets through what is no error of a program, such as KeyboardInterrupt or a skipped test."""

    def __init__(self, send, site, message):
        self._send = send
        self._site = site
        self._message = message
        self._caught = Caught()

    def __enter__(self):
        return self._caught

    def __exit__(self, kind, error, trace):
        if error is None:
            self._send(self._site, ["returned"])
            return False
        if not (inherits(error, Exception) or inherits(error, SystemExit)):
            return False
        self._caught.error = error
        message = spoken(error) if self._message else message_of(error)
        self._send(self._site, ["raised", names_of(type(error)), message])
        return True


class Caught:
    """Stands for what `pytest.raises` and `assertRaises` return."""

    error = None

    @property
    def value(self):
        if self.error is None:
            raise AssertionError("nothing was raised")
        return self.error

    exception = value

    @property
    def type(self):
        return type(self.value)


def canonical(value):
    """The value as typed JSON data; `["cut"]` if it is too deep or too large."""
    try:
        data = Encoder().encode(value, 0)
        return data if len(dumps(data)) <= MAX_CHARACTERS else CUT
    except BaseException:  # too large, or changed by another thread meanwhile
        return CUT


class TooLarge(Exception):
    pass


class Encoder:
    """Encodes one value and counts what that takes."""

    def __init__(self):
        self.nodes = 0
        self.characters = 0

    def encode(self, value, depth):
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise TooLarge
        plain = PLAIN.get(id(type(value)))
        return self.instance(value, depth) if plain is None else plain(self, value, depth)

    def instance(self, value, depth):
        """A value whose class is not built in. One that is compared as a str, a list, a tuple … is reported as such."""
        name = name_of(type(value))
        if inherits(value, BaseException):
            return ["error", name, message_of(value)]
        as_builtin = self.compared_as(value)
        if as_builtin is not None:
            return PLAIN[as_builtin](self, value, depth)
        if inherits(value, enum.Enum):
            member = attribute(value, "_name_")
            return ["enum", f"{name}.{member}"] if type(member) is str else ["opaque", name]
        fields = fields_of(value)
        if fields is None:
            return ["opaque", name]
        return ["object", name, [[key, self.encode(one, depth + 1)] for key, one in fields]]

    def compared_as(self, value):
        """The built-in type whose equality its class has, such as tuple for named tuples."""
        for base in mro_of(type(value)):
            if id(base) in EXTENDED:
                return id(base)
            if defined(base, "__eq__") is not None:
                return None
        return None

    def each(self, values, depth):
        return [self.encode(one, depth + 1) for one in values]

    def pairs(self, items, depth):
        return [[self.encode(key, depth + 1), self.encode(one, depth + 1)] for key, one in items]

    def unordered(self, values, depth):
        return sorted(self.each(values, depth), key=dumps)

    def text(self, value):
        self.characters += str.__len__(value)
        if self.characters > MAX_CHARACTERS:
            raise TooLarge
        return str.__str__(value)

    def integer(self, value):
        if int.bit_length(value) > MAX_INT_BITS:
            raise TooLarge
        return int.__repr__(value)

    def bytes(self, value):
        return self.text(b64encode(value[:MAX_CHARACTERS]).decode())

    def moment(self, kind, value):
        zone = None if kind is DATE else kind.tzinfo.__get__(value)
        if zone is not None and type(zone) is not TIMEZONE:
            return ["opaque", kind.__name__]
        return ["date", f"{kind.__name__}:{kind.isoformat(value)}"]

    def fraction(self, value):
        over, under = numerator_of(value), denominator_of(value)
        if type(over) is not int or type(under) is not int:
            return ["opaque", "Fraction"]
        return ["fraction", f"{self.integer(over)}/{self.integer(under)}"]


PLAIN = {
    id(type(None)): lambda self, value, depth: ["none"],
    id(bool): lambda self, value, depth: ["bool", value],
    id(int): lambda self, value, depth: ["int", self.integer(value)],
    id(float): lambda self, value, depth: ["float", float.__repr__(value)],
    id(str): lambda self, value, depth: ["str", self.text(value)],
    id(bytes): lambda self, value, depth: ["bytes", self.bytes(bytes.__getitem__(value, slice(None)))],
    id(bytearray): lambda self, value, depth: ["bytes", self.bytes(bytearray.__getitem__(value, slice(None)))],
    id(list): lambda self, value, depth: ["list", self.each(list.__iter__(value), depth)],
    id(tuple): lambda self, value, depth: ["tuple", self.each(tuple.__iter__(value), depth)],
    id(dict): lambda self, value, depth: ["dict", self.pairs(dict.items(value), depth)],
    id(set): lambda self, value, depth: ["set", self.unordered(set.__iter__(value), depth)],
    id(frozenset): lambda self, value, depth: ["set", self.unordered(frozenset.__iter__(value), depth)],
    id(type({}.keys())): lambda self, value, depth: ["set", self.unordered(value, depth)],
    id(type({}.items())): lambda self, value, depth: ["set", self.unordered(value, depth)],
    id(datetime.date): lambda self, value, depth: self.moment(DATE, value),
    id(datetime.datetime): lambda self, value, depth: self.moment(DATETIME, value),
    id(datetime.time): lambda self, value, depth: self.moment(TIME, value),
    id(datetime.timedelta): lambda self, value, depth: ["timedelta", self.integer(value // MICROSECOND)],
    id(decimal.Decimal): lambda self, value, depth: ["decimal", self.text(decimal_text(value))],
    id(fractions.Fraction): lambda self, value, depth: self.fraction(value),
}
EXTENDED = {id(kind) for kind in (int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset)}
for like_dict in (collections.OrderedDict, collections.defaultdict, collections.Counter):
    PLAIN[id(like_dict)] = PLAIN[id(dict)]
    EXTENDED.add(id(like_dict))

DATE, DATETIME, TIME, TIMEZONE = datetime.date, datetime.datetime, datetime.time, datetime.timezone
MICROSECOND = datetime.timedelta(microseconds=1)
decimal_text = decimal.Decimal.__str__
numerator_of = fractions.Fraction.__dict__["_numerator"].__get__
denominator_of = fractions.Fraction.__dict__["_denominator"].__get__
dumps, b64encode = json.dumps, base64.b64encode

mro_of = type.__dict__["__mro__"].__get__
raw_name_of = type.__dict__["__name__"].__get__
qualified_name_of = type.__dict__["__qualname__"].__get__
module_of_builtin = type.__dict__["__module__"].__get__
flags_of = type.__dict__["__flags__"].__get__
namespace_of = type.__dict__["__dict__"].__get__
items_of_namespace = types.MappingProxyType.items
arguments_of = BaseException.__dict__["args"].__get__
GetSet, Slot = types.GetSetDescriptorType, types.MemberDescriptorType
HEAP_TYPE = 1 << 9

Field, ORDINARY_FIELD = dataclasses.Field, dataclasses._FIELD
field_type_of = Field.__dict__["_field_type"].__get__
field_compared = Field.__dict__["compare"].__get__


def inherits(value, wanted):
    return any(base is wanted for base in mro_of(type(value)))


def defined(kind, name):
    """What a class itself, not a base of it, has under a name."""
    for key, value in items_of_namespace(namespace_of(kind)):
        if type(key) is str and key == name:
            return value
    return None


def name_of(kind):
    return str.__str__(raw_name_of(kind))


def names_of(kind):
    """Names of a class and its bases, most derived first, with and without the module."""
    names = []
    for base in mro_of(kind)[:-1]:
        module = defined(base, "__module__") if flags_of(base) & HEAP_TYPE else module_of_builtin(base)
        if type(module) is str:
            names.append(f"{module}.{str.__str__(qualified_name_of(base))}")
        names.append(name_of(base))
    return names


def attribute(value, name):
    """An attribute as it is stored in the object, its slots or its class."""
    mro = mro_of(type(value))
    for base in mro:
        store = defined(base, "__dict__")
        if type(store) is GetSet:
            for key, one in dict.items(store.__get__(value)):
                if type(key) is str and key == name:
                    return one
    for base in mro:
        one = defined(base, name)
        if one is not None:
            return one.__get__(value) if type(one) is Slot else one
    return None


def fields_of(value):
    """The fields by which instances of a dataclass are compared; None for other classes."""
    for base in mro_of(type(value)):
        fields = defined(base, "__dataclass_fields__")
        if type(fields) is dict:
            return [(key, attribute(value, key)) for key, field in fields.items() if is_compared(key, field)]
    return None


def is_compared(key, field):
    return (
        type(key) is str
        and type(field) is Field
        and field_type_of(field) is ORDINARY_FIELD
        and field_compared(field) is True
    )


def message_of(error):
    """What an exception says, as far as that can be told without running its code."""
    try:
        arguments = arguments_of(error)
        if any(PLAIN.get(id(type(one))) not in HARMLESS for one in tuple.__iter__(arguments)):
            return ""
        spoken_by = next(base for base in mro_of(type(error)) if defined(base, "__str__") is not None)
        if spoken_by is BaseException or spoken_by is KeyError:
            return clip(spoken_by.__str__(error))
    except BaseException:
        pass
    return ""


HARMLESS = [PLAIN[id(kind)] for kind in (str, int, float, bool, type(None))]


def spoken(error):
    """What an exception says when it is asked."""
    try:
        return clip(str(error))
    except BaseException:
        return ""


def clip(text):
    return str.__str__(text)[:MAX_MESSAGE]
