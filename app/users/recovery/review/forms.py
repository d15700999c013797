"""What the review asks for."""

from app.web.forms import Form, Hidden, Several


class ReviewForm(Form):
    remove = Several()
    answer = Hidden()
