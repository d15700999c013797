"""Column types of the schema that Piccolo lacks: native enums, UTC timestamps, typed JSON documents."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Generic, Self, TypeVar, overload

import msgspec
from piccolo.columns import Bytea, Column, Timestamp, Varchar
from piccolo.columns.base import ColumnKwargs
from piccolo.table import Table
from typing_extensions import Unpack

E = TypeVar("E", bound=StrEnum)
S = TypeVar("S", bound="Stored")

Builtins = dict[str, Any]


class Stored(msgspec.Struct, kw_only=True, rename="camel"):
    """A JSON document of the database, its keys in camelCase.

    Keys that this release does not know are kept in `unknown` when a document is read and written back with it,
    because during a deployment the previous release reads what the next one wrote (decisions 10). Every field of
    a document has a default; `omit_defaults=True` leaves out what equals it.
    """

    unknown: Builtins = msgspec.field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """A document as the database holds it; keys that are missing get their defaults.

        Raises msgspec.ValidationError for a known key with a value of another type.
        """
        known: Builtins = {}
        unknown: Builtins = {}
        fields = _fields(cls)
        for key, value in data.items():
            if key not in fields:
                unknown[key] = value
            elif isinstance(nested := fields[key].type, type) and issubclass(nested, Stored):
                known[fields[key].name] = nested.read(msgspec.convert(value, Builtins))
            else:
                known[fields[key].name] = msgspec.convert(value, fields[key].type)
        return cls(unknown=unknown, **known)

    @classmethod
    def accept(cls, data: Mapping[str, Any]) -> Self:
        """A document that came from outside. Raises msgspec.ValidationError also for a key nobody knows."""
        document = cls.read(data)
        if strangers := document.strangers():
            raise msgspec.ValidationError(f"Object contains unknown field `{strangers[0]}`")
        return document

    def strangers(self) -> list[str]:
        """The unknown keys of this document and of those within it, as dotted paths."""
        found = list(self.unknown)
        for key, field in _fields(type(self)).items():
            value = getattr(self, field.name)
            if isinstance(value, Stored):
                found += [f"{key}.{path}" for path in value.strangers()]
        return found

    def plain(self) -> Builtins:
        """The document as it is written, the unknown keys included."""
        written = dict(self.unknown)
        fresh = type(self)() if self.__struct_config__.omit_defaults else None
        for key, field in _fields(type(self)).items():
            value = getattr(self, field.name)
            if fresh is not None and value == getattr(fresh, field.name):
                continue
            written[key] = value.plain() if isinstance(value, Stored) else value
        return written


def to_json(value: object) -> str:
    """What a JSONB parameter becomes: text is taken as JSON already, everything else is encoded."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value.plain() if isinstance(value, Stored) else value).decode()


class String(Varchar):
    """VARCHAR without a length. Unlike Piccolo's it has no default: a forgotten value is an error, not ''."""

    def __init__(self, **kwargs: Unpack[ColumnKwargs]) -> None:
        super().__init__(length=None, default=None, **kwargs)


class Bytes(Bytea):
    """BYTEA without a default, as `String`."""

    column_type = "BYTEA"

    def __init__(self, **kwargs: Unpack[ColumnKwargs]) -> None:
        super().__init__(default=None, **kwargs)


class Enum(Column, Generic[E]):
    """A native ENUM type; `type_name` is its name in the database, quoted there because it is camelCase."""

    value_type = str

    def __init__(
        self, members: type[E], type_name: str, default: E | None = None, **kwargs: Unpack[ColumnKwargs]
    ) -> None:
        self.members = members
        self.type_name = type_name
        self.default = default
        kwargs["choices"] = members
        super().__init__(members=members, type_name=type_name, default=default, **kwargs)

    @property
    def column_type(self) -> str:
        return f'"{self.type_name}"'

    @overload
    def __get__(self, obj: Table, objtype: type[Table] | None = None) -> E: ...
    @overload
    def __get__(self, obj: None, objtype: type[Table] | None = None) -> Self: ...
    def __get__(self, obj: Table | None, objtype: type[Table] | None = None) -> E | Self:
        return obj.__dict__[self._meta.name] if obj is not None else self

    def __set__(self, obj: Table, value: E | str | None) -> None:
        obj.__dict__[self._meta.name] = None if value is None else self.members(value)


class UtcTimestamp(Timestamp):
    """TIMESTAMP without a zone that always means UTC; without a value it is NULL, never Python's own clock.

    An aware datetime is refused with ValueError instead of being stripped of its zone: whoever has one must
    say what was meant. In a condition or a raw statement the driver refuses it (asyncpg.DataError).
    """

    column_type = "TIMESTAMP"

    def __init__(self, **kwargs: Unpack[ColumnKwargs]) -> None:
        super().__init__(default=None, **kwargs)

    @overload
    def __get__(self, obj: Table, objtype: type[Table] | None = None) -> datetime: ...
    @overload
    def __get__(self, obj: None, objtype: type[Table] | None = None) -> Self: ...
    def __get__(self, obj: Table | None, objtype: type[Table] | None = None) -> datetime | Self:
        return obj.__dict__[self._meta.name] if obj is not None else self

    def __set__(self, obj: Table, value: datetime | None) -> None:
        if value is not None and value.tzinfo is not None:
            raise ValueError(f"{self._meta.name} holds naive UTC, this has a time zone: {value!r}")
        obj.__dict__[self._meta.name] = value


class Json(Column):
    """JSONB without a schema of its own: what goes in as a dict or list comes out as one."""

    value_type = dict
    column_type = "JSONB"

    def __init__(self, **kwargs: Unpack[ColumnKwargs]) -> None:
        self.default = None if kwargs.get("null") else dict
        super().__init__(**kwargs)

    @overload
    def __get__(self, obj: Table, objtype: type[Table] | None = None) -> Builtins: ...
    @overload
    def __get__(self, obj: None, objtype: type[Table] | None = None) -> Self: ...
    def __get__(self, obj: Table | None, objtype: type[Table] | None = None) -> Builtins | Self:
        return obj.__dict__[self._meta.name] if obj is not None else self

    def __set__(self, obj: Table, value: Builtins | None) -> None:
        obj.__dict__[self._meta.name] = value


class Document(Column, Generic[S]):
    """JSONB that is a `Stored` struct in Python. NULL reads as the struct's defaults."""

    value_type = dict
    column_type = "JSONB"

    def __init__(self, struct: type[S], **kwargs: Unpack[ColumnKwargs]) -> None:
        self.struct = struct
        self.default = struct
        kwargs.setdefault("null", True)
        super().__init__(struct=struct, **kwargs)

    @overload
    def __get__(self, obj: Table, objtype: type[Table] | None = None) -> S: ...
    @overload
    def __get__(self, obj: None, objtype: type[Table] | None = None) -> Self: ...
    def __get__(self, obj: Table | None, objtype: type[Table] | None = None) -> S | Self:
        return obj.__dict__[self._meta.name] if obj is not None else self

    def __set__(self, obj: Table, value: S | Mapping[str, Any] | None) -> None:
        document = value if isinstance(value, Stored) else self.struct.read(value or {})
        obj.__dict__[self._meta.name] = document


@cache
def _fields(struct: type[Stored]) -> dict[str, msgspec.structs.FieldInfo]:
    """The struct's own fields by the key they have in JSON."""
    return {f.encode_name: f for f in msgspec.structs.fields(struct) if f.name != "unknown"}
