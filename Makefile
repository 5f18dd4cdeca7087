# Every target sets itself up from nothing: `make demo` on a fresh machine needs Python 3.11 or newer, make, and the
# package registry. Environments live in .venv* and are made again when their requirements change.
PYTHON ?= python3
PIP_FLAGS ?= --disable-pip-version-check --quiet
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test test-slow test-oracles bench docs lint wheel clean

demo: .venv/ready
	.venv/bin/nesym demo

test: .venv-test/ready
	.venv-test/bin/python -m pytest -n 2 --dist loadfile

test-slow: .venv-test/ready
	.venv-test/bin/python -m pytest -m slow

test-oracles: .venv-oracles/ready
	.venv-oracles/bin/python -m pytest -m oracle

bench: .venv-oracles/ready
	.venv-oracles/bin/python -m benchmarks

docs: .venv-docs/ready
	.venv-docs/bin/python -m mkdocs build --strict

lint: .venv-test/ready
	.venv-test/bin/ruff check . && .venv-test/bin/ruff format --check .

wheel: .venv-test/ready
	.venv-test/bin/python -m pip wheel $(PIP_FLAGS) --no-deps --wheel-dir dist .

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install $(PIP_FLAGS) --constraint constraints.txt --editable '.[precise]'
	touch $@

.venv-test/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/pip install $(PIP_FLAGS) --constraint constraints.txt --editable '.[test,dev,precise]'
	touch $@

.venv-oracles/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-oracles
	.venv-oracles/bin/pip install $(PIP_FLAGS) --constraint constraints.txt --editable '.[test,oracles,onnx,precise]'
	touch $@

.venv-docs/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install $(PIP_FLAGS) --constraint constraints.txt --editable '.[docs,precise]'
	touch $@

clean:
	rm -rf .venv .venv-test .venv-oracles .venv-docs dist site nesym-demo
