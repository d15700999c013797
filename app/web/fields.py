"""Fields for more than one line: prose, whole numbers, files."""

from typing import Any

from litestar.datastructures import UploadFile
from wtforms import Field, Form, StringField, TextAreaField
from wtforms.validators import StopValidation

from app.i18n import _


class Prose(TextAreaField):
    """Several lines of text: line ends are made alike, other control characters refused, the length bounded."""

    data: str

    def __init__(self, label: str, *, most: int, **bound: Any) -> None:
        super().__init__(label, [_Passage(most)], [_lines], **bound)


class Raw(TextAreaField):
    """A text of any length and any characters, as it came: whoever reads it judges it."""

    data: str

    def __init__(self, label: str, **bound: Any) -> None:
        super().__init__(label, [], [_given], **bound)


class Whole(StringField):
    """A whole number from `least` to `most`; what was typed stays where it is none."""

    def __init__(self, label: str, *, least: int, most: int, **bound: Any) -> None:
        super().__init__(label, [_Between(least, most)], [_given], **bound)

    @property
    def number(self) -> int:
        return int(self.data or "")


class Upload(Field):
    """A file, for the page to read; None if none was chosen. It is never shown again."""

    file: UploadFile | None = None
    data: None = None


class _Passage:
    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"maxlength": most}

    def __call__(self, _form: Form, field: Any) -> None:
        text = field.data or ""
        if len(text) > self.most:
            raise StopValidation(_("Use at most %(most)s characters.", most=self.most))
        if any(not character.isprintable() for character in text.replace("\n", "")):
            raise StopValidation(_("This holds a character that cannot be used here. Type it again by hand."))


class _Between:
    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most
        self.field_flags = {"required": True}

    def __call__(self, _form: Form, field: Any) -> None:
        typed = (field.data or "").strip()
        fits = typed.isascii() and typed.isdigit() and len(typed) < 10 and self.least <= int(typed) <= self.most
        if not fits:
            raise StopValidation(
                _("Enter a whole number from %(least)s to %(most)s.", least=self.least, most=self.most)
            )


def _lines(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def _given(value: str | None) -> str:
    return value or ""
