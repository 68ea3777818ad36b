#!/usr/bin/env bash
# Pin every requirement with its hashes (needs uv). Run it after changing pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
pin() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate "$@"; }
pin pyproject.toml --output-file requirements/run.txt
pin --group build --output-file requirements/build.txt
pin pyproject.toml --group dev --output-file requirements/dev.txt
pin pyproject.toml --group dev --extra bench --output-file requirements/bench.txt

# An environment of its own for each client that tests/clients puts to the server.
client() { printf '%s\n' "${2:-${1%-*}==${1##*-}}" pytest "${@:3}" >"$folder/in.txt"
  pin "$folder/in.txt" "${leave_out[@]}" --output-file "requirements/clients/$1.txt"; }
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
leave_out=()
client cirq-ionq-1.5.0
client cirq-ionq-1.7.0
client ionq-core-0.2.0 '' numpy pytest-asyncio hatchling  # the last two for its own suite
client pennylane-ionq-0.34.0 '' pennylane==0.34.0 pennylane-lightning==0.34.0 'numpy<2' autoray==0.6.12 'setuptools<80'
client pennylane-ionq-0.45.0
client qbraid-0.13.0 '' qiskit  # the judge of its circuits
client qiskit-ionq-0.5.13
client qiskit-ionq-1.1.1
# What its simulators for graphics processors need, and nobody here uses: 2 GB.
leave_out=(); for package in cudaq-logical cuda-pathfinder cudensitymat-cu13 cupy-cuda13x custatevec-cu13 cutensor-cu13 \
  cutensornet-cu13 fastrlock nvidia-cublas nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-curand nvidia-cusolver \
  nvidia-cusparse nvidia-nvjitlink; do leave_out+=(--no-emit-package "$package"); done
client cudaq-0.16.0 cuda-quantum-cu13==0.16.0
