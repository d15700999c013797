"""`python -m e2e.provider_process PORT`: the provider itself.

Its pages ask nobody else for a style, so that a journey through them stays on this machine.
"""

import sys

import jinja2
import oidc_provider_mock
from werkzeug.serving import make_server

PLAIN = (
    '<!doctype html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">'
    "<main>{% block content %}{% endblock %}</main></html>"
)


def main(port: int) -> None:
    app = oidc_provider_mock.app()
    own = app.jinja_loader
    app.jinja_loader = jinja2.ChoiceLoader([jinja2.DictLoader({"_base.html": PLAIN}), *([own] if own else [])])
    make_server("localhost", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
