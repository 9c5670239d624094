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

CUT = ["cut"]


class Observer:
    """What a driver knows as `__arete__`; `send(site, value)` takes each observation."""

    def __init__(self, send):
        self._send = send

    def observe(self, site, value):
        """Records a value."""
        self._send(site, canonical(value))

    def raises(self, site, message=False):
        """Context manager that records what its block raises; `message` asks the exception itself for its text."""
        return Raises(self._send, site, message)

    def raised(self, site, message, function, /, *args, **keywords):
        """Calls the function and records what it raises."""
        with self.raises(site, message) as caught:
            function(*args, **keywords)
        return caught


class Raises:
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
        if not any(base is Exception or base is SystemExit for base in mro_of(type(error))):
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
    """The value as typed JSON data, `["cut"]` if it is too deep or too large."""
    try:
        data = Encoder().encode(value, 0)
        return data if len(json.dumps(data)) <= MAX_CHARACTERS else CUT
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
        kind = type(value)
        plain = PLAIN.get(id(kind))
        return self.special(value, kind, depth) if plain is None else plain(self, value, depth)

    def special(self, value, kind, depth):
        """An instance of a class that is not built in."""
        mro = mro_of(kind)
        name = name_of(kind)
        if any(base is BaseException for base in mro):
            return ["error", name, message_of(value)]
        base = self.base_value(value, mro, depth)
        more = [] if base is None else [base]
        if any(base is enum.Enum for base in mro):
            member = attribute(value, mro, "_name_")
            return ["enum", f"{name}.{member}", *more] if type(member) is str else ["opaque", name]
        fields = field_names(value, mro)
        if fields is None:
            return ["opaque", name] if base is None else ["object", name, [], base]
        values = tuple.__iter__(value) if base else (attribute(value, mro, field) for field in fields)
        return ["object", name, [[field, self.encode(one, depth + 1)] for field, one in zip(fields, values)], *more]

    def base_value(self, value, mro, depth):
        """What an instance of a subclass of str, int, list … is equal to, unless it has an equality of its own."""
        for base in mro:
            if id(base) in EXTENDED:
                return PLAIN[id(base)](self, value, depth)
            if any(key == "__eq__" for key in namespace_of(base)):
                return None
        return None

    def text(self, value):
        self.characters += str.__len__(value)
        if self.characters > MAX_CHARACTERS:
            raise TooLarge
        return str.__str__(value)

    def integer(self, value):
        if int.bit_length(value) > MAX_INT_BITS:
            raise TooLarge
        return int.__repr__(value)

    def data(self, value):
        if len(value) > MAX_CHARACTERS:
            raise TooLarge
        return base64.b64encode(value).decode()

    def all(self, values, depth):
        return [self.encode(one, depth + 1) for one in values]

    def pairs(self, items, depth):
        return [[self.encode(key, depth + 1), self.encode(one, depth + 1)] for key, one in items]

    def sorted(self, values, depth):
        return sorted(self.all(values, depth), key=json.dumps)

    def moment(self, kind, value):
        zone = None if kind is datetime.date else kind.tzinfo.__get__(value)
        if zone is not None and type(zone) is not datetime.timezone:
            return ["opaque", kind.__name__]
        return ["date", f"{kind.__name__}:{kind.isoformat(value)}"]

    def fraction(self, value):
        over, under = NUMERATOR(value), DENOMINATOR(value)
        if type(over) is not int or type(under) is not int:
            return ["opaque", "Fraction"]
        return ["fraction", f"{self.integer(over)}/{self.integer(under)}"]


PLAIN = {
    id(type(None)): lambda self, value, depth: ["none"],
    id(bool): lambda self, value, depth: ["bool", value],
    id(int): lambda self, value, depth: ["int", self.integer(value)],
    id(float): lambda self, value, depth: ["float", float.__repr__(value)],
    id(str): lambda self, value, depth: ["str", self.text(value)],
    id(bytes): lambda self, value, depth: ["bytes", self.data(bytes.__getitem__(value, slice(None)))],
    id(bytearray): lambda self, value, depth: ["bytes", self.data(bytearray.__getitem__(value, slice(None)))],
    id(list): lambda self, value, depth: ["list", self.all(list.__iter__(value), depth)],
    id(tuple): lambda self, value, depth: ["tuple", self.all(tuple.__iter__(value), depth)],
    id(dict): lambda self, value, depth: ["dict", self.pairs(dict.items(value), depth)],
    id(set): lambda self, value, depth: ["set", self.sorted(set.__iter__(value), depth)],
    id(frozenset): lambda self, value, depth: ["set", self.sorted(frozenset.__iter__(value), depth)],
    id(type({}.keys())): lambda self, value, depth: ["set", self.sorted(value, depth)],
    id(type({}.items())): lambda self, value, depth: ["set", self.sorted(value, depth)],
    id(datetime.date): lambda self, value, depth: self.moment(DATE, value),
    id(datetime.datetime): lambda self, value, depth: self.moment(DATETIME, value),
    id(datetime.time): lambda self, value, depth: self.moment(TIME, value),
    id(datetime.timedelta): lambda self, value, depth: ["timedelta", repr(value // MICROSECOND)],
    id(decimal.Decimal): lambda self, value, depth: ["decimal", self.text(DECIMAL_TEXT(value))],
    id(fractions.Fraction): lambda self, value, depth: self.fraction(value),
}
for similar in (collections.OrderedDict, collections.defaultdict, collections.Counter):
    PLAIN[id(similar)] = PLAIN[id(dict)]  # equal to a dict of the same items

EXTENDED = {id(kind) for kind in (int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset)}

DATE, DATETIME, TIME = datetime.date, datetime.datetime, datetime.time
MICROSECOND = datetime.timedelta(microseconds=1)
DECIMAL_TEXT = decimal.Decimal.__str__
NUMERATOR = fractions.Fraction.__dict__["_numerator"].__get__
DENOMINATOR = fractions.Fraction.__dict__["_denominator"].__get__

FIELD = dataclasses.Field
FIELD_TYPE = FIELD.__dict__["_field_type"].__get__
FIELD_COMPARED = FIELD.__dict__["compare"].__get__
ORDINARY_FIELD = dataclasses._FIELD

mro_of = type.__dict__["__mro__"].__get__
raw_name_of = type.__dict__["__name__"].__get__
raw_qualified_name_of = type.__dict__["__qualname__"].__get__
raw_namespace_of = type.__dict__["__dict__"].__get__
arguments_of = BaseException.__dict__["args"].__get__
is_attribute_store = types.GetSetDescriptorType
is_slot = types.MemberDescriptorType
items_of_namespace = types.MappingProxyType.items


def namespace_of(kind):
    """What a class itself defines, by names that are really strings."""
    return {key: value for key, value in items_of_namespace(raw_namespace_of(kind)) if type(key) is str}


def name_of(kind):
    return str.__str__(raw_name_of(kind))


def names_of(kind):
    """Names of a class and its bases, most derived first, with and without the module."""
    names = []
    for base in mro_of(kind):
        if base is object:
            continue
        module = "builtins" if base.__flags__ & STATIC else namespace_of(base).get("__module__")
        if type(module) is str:
            names.append(f"{module}.{str.__str__(raw_qualified_name_of(base))}")
        names.append(name_of(base))
    return names


def attribute(value, mro, name):
    """An attribute as it is stored in the object, its slots or its class."""
    for base in mro:
        store = namespace_of(base).get("__dict__")
        if type(store) is is_attribute_store:
            for key, one in dict.items(store.__get__(value)):
                if type(key) is str and key == name:
                    return one
    for base in mro:
        namespace = namespace_of(base)
        if name in namespace:
            one = namespace[name]
            return one.__get__(value) if type(one) is is_slot else one
    return None


def field_names(value, mro):
    """The fields that make instances of a dataclass or a named tuple equal; None for other classes."""
    for base in mro:
        namespace = namespace_of(base)
        fields = namespace.get("__dataclass_fields__")
        if type(fields) is dict:
            return [
                key for key, field in fields.items()
                if type(key) is str and type(field) is FIELD
                and FIELD_TYPE(field) is ORDINARY_FIELD and FIELD_COMPARED(field) is True
            ]
        fields = namespace.get("_fields")
        if type(fields) is tuple and any(base is tuple for base in mro):
            named = all(type(field) is str for field in fields) and tuple.__len__(value) == len(fields)
            return list(fields) if named else None
    return None


def message_of(error):
    """What an exception says, if it can be told without running its code."""
    try:
        kinds = [base for base in mro_of(type(error)) if "__str__" in namespace_of(base)]
        arguments = arguments_of(error)
        if not all(type(one) in (str, int, float, bool, type(None)) for one in tuple.__iter__(arguments)):
            return ""
        if kinds[0] is BaseException:
            return clip(BaseException.__str__(error))
        if kinds[0] is KeyError:
            return clip(KeyError.__str__(error))
        return ""
    except BaseException:
        return ""


def spoken(error):
    """What an exception says."""
    try:
        return clip(str(error))
    except BaseException:
        return ""


def clip(text):
    return str.__str__(text)[:10_000]
