"""What the pages after signing in ask for."""

from app.i18n import _l
from app.web.forms import Form, Tick


class TermsForm(Form):
    terms = Tick(_l("I agree to the terms"), missing=_l("Going on needs your agreement. You can also sign out."))


class OfferForm(Form):
    """Nothing is asked; it keeps where the person was going."""
