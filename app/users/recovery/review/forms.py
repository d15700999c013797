"""What the review asks for."""

from app.web.forms import Form, Several, Text


class ReviewForm(Form):
    """`answer` is what the pressed button says."""

    remove = Several()
    answer = Text("", most=20)
