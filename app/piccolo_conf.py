"""Where Piccolo's own command finds the project: PICCOLO_CONF=app.piccolo_conf."""

from piccolo.conf.apps import AppRegistry

from app.db import engine

DB = engine
APP_REGISTRY = AppRegistry(apps=["app.piccolo_app"])
