"""The doors out to AWS: one thin, typed file a service, each answering with model types."""
