"""A client with a key that may do all that an app may."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from apps.web.rights import APP_RIGHTS
from tests.web.conftest import Site


@pytest.fixture(scope="module")
def api(site: Site) -> Iterator[httpx.Client]:
    with site.app_client(*APP_RIGHTS) as client:
        yield client
