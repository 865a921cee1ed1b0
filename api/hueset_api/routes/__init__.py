"""The routes of the service, a module per kind of document."""
