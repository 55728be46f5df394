# Aliases, and how the lock files are made.
.PHONY: run test check bench fuzz lock

run:
	./run

test:
	./test

check:
	./run --environment requirements-dev.lock
	.ci/check

BENCHMARKS = calibration adaptive_step adaptive_efficiency simulation answer_path
bench:
	./run --environment requirements-dev.lock
	for name in $(BENCHMARKS); do .venv/bin/python -m benchmarks.$$name || exit; done

# Each reader of files for SECONDS; what is found lies in .fuzz/crashes.
SECONDS = 60
fuzz:
	./run --environment requirements-dev.lock
	.venv/bin/python -m tests.fuzz --seconds $(SECONDS)

# The same versions for every Python from 3.11 on; no registry is named in them.
LOCK = .venv/bin/uv pip compile --quiet --upgrade --universal --fork-strategy fewest \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock:
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock
	echo uv | $(LOCK) - --output-file requirements-bootstrap.lock
