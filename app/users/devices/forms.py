"""What the page of devices sends."""

from uuid import UUID

from app.errors import NotFound
from app.web.forms import Form, Hidden


class ForgetForm(Form):
    device = Hidden()

    @property
    def id(self) -> UUID:
        """Raises NotFound for what names no device."""
        try:
            return UUID(self.device.data or "")
        except ValueError:
            raise NotFound from None
