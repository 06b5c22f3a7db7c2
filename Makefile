.PHONY: check test lint schema

check: test lint  ## what CI runs

test:
	pytest -n 2

lint:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

schema:  ## the committed JSON Schemas
	mtlbench schema suite --output suites/suite.schema.json
	mtlbench schema recipe --output suites/recipe.schema.json
	mtlbench schema results --output results/results.schema.json
	mtlbench schema record --output results/record.schema.json
	mtlbench schema verdict --output results/verdict.schema.json
