"""The web: the stewards' console and the API for apps, in one process that never imports Prefect."""
