"""What the second step and its switch ask for."""

from typing import Any

from wtforms import BooleanField, StringField
from wtforms import Form as WTForm
from wtforms.validators import StopValidation

from app.i18n import _, _l
from app.users.backup_codes import codes as backup_codes
from app.users.totp.codes import digits
from app.web.forms import Form, Hidden

LONGEST = 60


class _AppOrBackupCode:
    """Six ASCII digits or a backup code, whichever page it was typed on: people take what they have at hand."""

    field_flags: dict[str, Any] = {"required": True, "maxlength": LONGEST}  # noqa: RUF012 - as WTForms reads it

    def __call__(self, form: WTForm, field: Any) -> None:
        backup = form["way"].data == "backup"
        if not field.data:
            raise StopValidation(
                _("Enter one of your backup codes.") if backup else _("Enter the code that the app shows.")
            )
        if digits(field.data) or (len(field.data) <= LONGEST and backup_codes.normal(field.data)):
            return
        if backup:
            raise StopValidation(_("A backup code has four groups of four, such as 4F7K-09QX-3HTD-M2ZA."))
        raise StopValidation(_("The code has six digits, such as 123 456."))


class _Typed(StringField):
    data: str


class SecondStepForm(Form):
    """`way` is what the page offers at the moment, so that it comes back as it was."""

    way = Hidden()
    code = _Typed(_l("Code"), [_AppOrBackupCode()])
    remember = BooleanField(_l("Do not ask again on this device for 30 days"))


class SwitchForm(Form):
    sign_out = BooleanField(_l("Sign out everywhere else"))
