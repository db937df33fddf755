"""The dashboard and the read-only API: `langnghe.web.app.create_app`."""
