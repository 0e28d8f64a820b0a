"""Pipelines that run a plan: a job a track, their states merged, and a gate that must be green."""

from __future__ import annotations

__all__ = ["PIPELINES"]

_GITHUB = """\
# A job a track; `gate` is the one to require before a merge.
name: tracks
on:
  push: {branches: [main]}
  pull_request:
permissions: {contents: read}

jobs:
  plan:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    outputs: {matrix: "${{ steps.matrix.outputs.matrix }}"}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: pip install . pytest-tracks
      - id: matrix
        run: echo "matrix=$(pytest-tracks ci github --matrix)" >> "$GITHUB_OUTPUT"

  track:
    needs: plan
    runs-on: ubuntu-latest
    timeout-minutes: 60
    strategy:
      fail-fast: false
      matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}
    name: Track ${{ matrix.track }} (${{ matrix.name }})
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: pip install . pytest-tracks
      - run: pytest --track=${{ matrix.track }} --junitxml=junit.xml
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: state-${{ matrix.track }}
          path: |
            docs/planning/.project-state.yaml
            docs/planning/.tracks/journal.jsonl
            junit.xml
          include-hidden-files: true

  gate:
    needs: track
    if: always()
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: pip install . pytest-tracks
      - uses: actions/download-artifact@v4
        with: {path: shards, pattern: "state-*"}
      - name: Join the states; what waits for other tracks, and the reviews, are run after that
        run: pytest-tracks state merge shards/* || true
      - run: pytest --tracks=auto --junitxml=junit.xml
      - run: pytest-tracks check
"""

_GITLAB = """\
# A job a track; `gate` joins their states, runs what waited for other tracks, and decides.
stages: [tracks, gate]

default:
  image: python:3.12
  before_script:
    - pip install . pytest-tracks

track:
  stage: tracks
  allow_failure: true  # the gate decides
  parallel:
    matrix:
      - TRACK: ["01", "02", "03"]  # pytest-tracks ci gitlab --matrix lists the plan's tracks
  script:
    - pytest --track=$TRACK --junitxml=junit.xml
    - mkdir -p "shards/$TRACK"
  after_script:
    - mkdir -p "shards/$TRACK/.tracks"
    - cp docs/planning/.project-state.yaml "shards/$TRACK/"
    - cp docs/planning/.tracks/journal.jsonl "shards/$TRACK/.tracks/"
  artifacts:
    when: always
    paths: [shards/]
    reports: {junit: junit.xml}

gate:
  stage: gate
  script:
    - pytest-tracks state merge shards/* || true
    - pytest --tracks=auto --junitxml=junit.xml --cov --cov-report=xml
    - pytest-tracks check
  coverage: '/TOTAL.*? (100(?:\\.0+)?%|[1-9]?\\d(?:\\.\\d+)?%)$/'
  artifacts:
    when: always
    reports:
      junit: junit.xml
      coverage_report: {coverage_format: cobertura, path: coverage.xml}
"""

PIPELINES = {"github": _GITHUB, "gitlab": _GITLAB}
"""Service → the text of its pipeline."""
