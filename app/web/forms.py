"""The shape of input: a thin base on WTForms.

A form remembers the page it stands on. Whatever says no later in the handler, the form's own shape or a rule in a
verb (`Rejected`), `failures.py` shows that page again with the message at its field and everything typed still there.
Database checks never live in a form: WTForms does not await, and a rule must hold for jobs and the console too.
"""

import hmac
import struct
import time
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from litestar.datastructures import FormMultiDict
from wtforms import BooleanField, Field, FieldList, HiddenField, PasswordField, StringField
from wtforms import Form as WTForm
from wtforms.validators import StopValidation

from app import crypto
from app.config import settings
from app.errors import Rejected
from app.i18n import _, _l
from app.web import csrf, kept
from app.web.page import AnyRequest, Page, local
from app.web.visitor import visitor

TRAP = "website"
AGE = "form_age"
OLDEST = 12 * 3600
"""Seconds after which a guarded form must be sent again: a signed age cannot be kept in stock."""


class Fields(dict[str, list[str]]):
    """Submitted values in the form WTForms reads them."""

    def getlist(self, name: str) -> list[str]:
        return self.get(name, [])


class Form(WTForm):
    """Base of all forms. `guarded` forms carry a trap field and their signed age against simple programs."""

    guarded: ClassVar[bool] = False
    technical: ClassVar[frozenset[str]] = frozenset({csrf.FIELD, kept.FIELD, "next", TRAP, AGE})

    page: str
    around: dict[str, Any]
    hidden: list[tuple[str, str]]
    problem: str | None

    @classmethod
    def empty(cls, request: AnyRequest, *, onward_to: str | None = None, **data: Any) -> Self:
        """The form as a page first shows it, `data` filled in.

        Where to go afterwards is told by `onward_to`, for a page whose address does not say it.
        """
        form = cls(data=data)
        form._dress(request, local(onward_to or request.query_params.get("next")))
        return form

    @classmethod
    async def of(cls, request: AnyRequest, page: str | None = None, **around: Any) -> Self:
        """What was sent. `page` and its context `around` are shown again if anything says no.

        Without `page` a refusal has a page of its own: for buttons beside nothing that could be mended.
        Raises Rejected for a field that came twice, an unknown field, or a file where a text belongs.
        """
        sent = await csrf.submitted(request)
        form = cls(Fields())
        form._dress(request, local(_text(sent.get("next"))))
        if page is not None:
            form.page, form.around = page, around
            request.scope["state"]["form"] = form
        form.process(form._fields_of(sent))
        if form.guarded:
            form._check_guard(sent)
        return form

    def checked(self) -> Self:
        """The form, its shape proven. Raises Rejected with the messages at their fields."""
        if not self.validate():
            raise Rejected(None, "")
        return self

    def refused(self, no: Rejected) -> Page:
        """The page again, with the refusal where it belongs: 422, input kept."""
        field = self._fields.get(no.field or "")
        if field is not None:
            field.errors = [*field.errors, no.message]
        elif no.message:
            self.problem = no.message
        return Page(self.page, status=422, form=self, **self.around)

    @property
    def next(self) -> str:
        """Where to go afterwards: always a path of this site."""
        return dict(self.hidden).get("next", "/")

    def onward(self, path: str, **query: str) -> str:
        """The path of the next step, which keeps where the person was going."""
        kept = query if self.next == "/" else {**query, "next": self.next}
        return f"{path}?{urlencode(kept)}" if kept else path

    def _dress(self, request: AnyRequest, onward: str) -> None:
        self.problem = None
        self.hidden = [(csrf.FIELD, csrf.token(visitor(request)))]
        if onward != "/":
            self.hidden.append(("next", onward))
        if self.guarded:
            self.hidden.append((AGE, _signed_age()))

    def _fields_of(self, sent: FormMultiDict) -> Fields:
        fields = Fields()
        for name, value in sent.multi_items():
            field = self._fields.get(name)
            if field is None and name not in self.technical:
                raise Rejected(None, _("The form held a field that does not belong to it. Nothing was changed."))
            if not isinstance(value, str) and hasattr(field, "file"):  # an Upload of web/fields.py
                setattr(field, "file", value)  # noqa: B010 - a plain Field has none
                continue
            if not isinstance(value, str):
                raise Rejected(name, _("Enter text here, not a file."))
            if name in fields and not isinstance(field, FieldList | Several) and name in self._fields:
                raise Rejected(name, _("Give this once; it was sent more than once."))
            fields.setdefault(name, []).append(value)
        return fields

    def _check_guard(self, sent: FormMultiDict) -> None:
        if sent.get(TRAP):
            raise Rejected(None, _("A hidden field was filled in, as programs do. Clear it, or reload the page."))
        age = _age(_text(sent.get(AGE)))
        if age is None or age > OLDEST:
            raise Rejected(None, _("This page was open for a long time. Check what you typed and send it again."))
        if age < _youngest():
            raise Rejected(None, _("That was quicker than people type. Send it once more."))


class Text(StringField):
    """One line of text: outer blanks are dropped, control characters refused, the length bounded."""

    data: str

    def __init__(self, label: str, *, most: int, missing: str | None = None, **bound: Any) -> None:
        super().__init__(label, [_Line(most, missing)], [_strip], **bound)


class Hidden(HiddenField):
    """A value the page carries for itself, such as the token of a mailed link."""

    data: str

    def __init__(self, **bound: Any) -> None:
        super().__init__("", [_Line(500, None)], [_given], **bound)


class Secret(PasswordField):
    """A password exactly as typed (ASVS 6.2.8): nothing is stripped, and it is never shown again."""

    data: str

    def __init__(self, label: str, *, missing: str, most: int = 256, **bound: Any) -> None:
        super().__init__(label, [_Password(most, missing)], **bound)


class Code(StringField):
    """Six digits; blanks and dashes between them are dropped, other digits than ASCII's are not digits.

    `missing` says where the code is found.
    """

    data: str

    def __init__(self, label: str, *, missing: str = _l("Enter the code from the mail."), **bound: Any) -> None:
        super().__init__(label, [_SixDigits(missing)], [_unspaced], **bound)


class Tick(BooleanField):
    """A box that must be ticked; `missing` says why."""

    def __init__(self, label: str, *, missing: str, **bound: Any) -> None:
        super().__init__(label, [_Ticked(missing)], **bound)


class Several(Field):
    """Boxes of one name that may all be ticked: the values that were, each once. What they mean a verb knows."""

    data: list[str]

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(dict.fromkeys(valuelist))


class _Line:
    def __init__(self, most: int, missing: str | None) -> None:
        self.most = most
        self.missing = missing
        self.field_flags = {"maxlength": most} | ({"required": True} if missing else {})

    def __call__(self, _form: WTForm, field: Any) -> None:
        if not field.data and self.missing:
            raise StopValidation(str(self.missing))
        text = field.data or ""
        if len(text) > self.most:
            raise StopValidation(_("Use at most %(most)s characters.", most=self.most))
        if any(not character.isprintable() for character in text):
            raise StopValidation(_("This holds a character that cannot be used here. Type it again by hand."))


class _Password:
    def __init__(self, most: int, missing: str) -> None:
        self.most = most
        self.missing = missing
        self.field_flags = {"required": True}

    def __call__(self, _form: WTForm, field: Any) -> None:
        if not field.data:
            raise StopValidation(str(self.missing))
        if len(field.data) > self.most:
            raise StopValidation(_("Use at most %(most)s characters.", most=self.most))
        if "\0" in field.data:
            raise StopValidation(_("This holds a character that cannot be used here. Type it again by hand."))


class _SixDigits:
    field_flags: ClassVar[dict[str, Any]] = {"required": True}

    def __init__(self, missing: str) -> None:
        self.missing = missing

    def __call__(self, _form: WTForm, field: Any) -> None:
        if not field.data:
            raise StopValidation(str(self.missing))
        if len(field.data) != 6 or not (field.data.isascii() and field.data.isdigit()):
            raise StopValidation(_("The code has six digits, such as 123 456."))


class _Ticked:
    def __init__(self, missing: str) -> None:
        self.missing = missing
        self.field_flags = {"required": True}

    def __call__(self, _form: WTForm, field: Any) -> None:
        if not field.data:
            raise StopValidation(str(self.missing))


def _strip(value: str | None) -> str:
    return (value or "").strip()


def _given(value: str | None) -> str:
    """As it came; a field that was left out is empty."""
    return value or ""


def _unspaced(value: str | None) -> str:
    return "".join(character for character in value or "" if character not in " -\u00a0\u2009\u202f")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _youngest() -> float:
    """Seconds a person needs at least; programs that test in development are not held up."""
    return 0.0 if settings().development else 1.5


def _signed_age() -> str:
    now = struct.pack(">d", time.time())
    return (now + crypto.mac("form age", now)[:16]).hex()


def _age(signed: str | None) -> float | None:
    """Seconds since the form was made, or None if the age is not ours."""
    try:
        raw = bytes.fromhex(signed or "")
    except ValueError:
        return None
    if not hmac.compare_digest(crypto.mac("form age", raw[:8])[:16], raw[8:]):
        return None
    return time.time() - float(struct.unpack(">d", raw[:8])[0])
