"""The dashboard: it reads results and sends wishes; no law of the model stands here."""
