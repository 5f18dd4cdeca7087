"""Runs of one program are many here: it is compiled once."""

import pytest
from programs import compiled_once


@pytest.fixture(scope="session")
def program_cache(tmp_path_factory):
    """A folder of compiled programs for this session of tests."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module", autouse=True)
def programs(program_cache):
    with compiled_once(program_cache):
        yield
