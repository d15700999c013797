"""What proving again asks for. `level` and `way` only choose what the page offers: the guard weighs what was given."""

from app.i18n import _l
from app.web.forms import Code, Form, Hidden, Secret, Text


class ConfirmForm(Form):
    level = Hidden()


class PasswordForm(ConfirmForm):
    password = Secret(_l("Password"), missing=_l("Enter your password."))


class CodeForm(ConfirmForm):
    code = Code(_l("Code"))


class BackupCodeForm(ConfirmForm):
    code = Text(_l("Backup code"), most=40, missing=_l("Enter one of your backup codes."))
