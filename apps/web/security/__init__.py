"""What guards the web: sign-in, sessions, the check of forms, headers."""

import warnings

# authlib asks for a successor of httpx that the hub does not use anywhere; said to nobody who could act on it.
warnings.filterwarnings("ignore", message="The httpx module is deprecated")
