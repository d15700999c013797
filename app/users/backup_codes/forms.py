"""What the page of backup codes sends."""

from app.web.forms import Form


class RenewForm(Form):
    """The button alone."""
