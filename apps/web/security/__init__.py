"""What guards the web: sign-in, sessions, the check of forms, headers."""

import warnings

from authlib.deprecate import AuthlibDeprecationWarning

# authlib asks for a successor of httpx that the hub does not use anywhere; said to nobody who could act on it. Its own
# import has put a filter in front that shows every such warning, so this one comes after it.
warnings.filterwarnings("ignore", message="The httpx module is deprecated", category=AuthlibDeprecationWarning)
