"""The one part of the build that pyproject.toml has no stable place for: the compiled batch path.

It uses the stable ABI, so that one wheel serves Python 3.11 and later. Without a C compiler it is left out, with a
warning: docs/decisions/0021-compiled-batches.md.
"""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("zmqcli._batches", ["zmqcli/_batches.c"], py_limited_api=True, optional=True),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
