# Thin on purpose: each target is one script. Each that needs something sets it up by itself.
# The last command of a recipe replaces its shell (exec), so Ctrl-C reaches a child once, from the terminal.

.PHONY: help setup run check test bench soak
.DEFAULT_GOAL := help

help: ## what can be asked of make here
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

setup: ## set up all that running and testing need
	@exec installer/setup.sh test

run: ## try Deskwarden on this machine; ARGS="..." adds or overrides arguments
	@exec installer/setup.sh run .venv/bin/python -I -m installer.tryout $(ARGS)

check: ## linters, types, walls
	@exec installer/setup.sh check .venv/bin/python -I tests/stages.py check

test: ## all stages of the suite; STAGES="unit desktop" picks some
	@exec installer/setup.sh test .venv/bin/python -I tests/stages.py $(STAGES)

bench: ## memory, CPU and wake-ups at rest; from dpkg to told
	@exec installer/setup.sh test .venv/bin/python -I tests/bench.py $(ARGS)

soak: ## ten thousand kills, some hours, and real cloud clients; ARGS="--kills 500" for fewer
	@installer/setup.sh test .venv/bin/python -I tests/soak/crash.py --kills 10000 $(ARGS)
	@.venv/bin/python -I tests/soak/clouds.py
