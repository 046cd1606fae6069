#!/usr/bin/env bash
# What action.yml runs: fetches the pull request's base where none is named, then checks.
set -euo pipefail
arguments=(--format github)
if [ -z "${AGAINST:-}" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  git fetch --quiet --no-tags --depth=1 origin "+refs/heads/$GITHUB_BASE_REF:refs/remotes/origin/$GITHUB_BASE_REF"
  git fetch --quiet --depth=1 origin "refs/tags/*:refs/tags/*" || true # without tags, versions count from the base
  AGAINST="git:origin/$GITHUB_BASE_REF"
fi
if [ -n "${AGAINST:-}" ]; then arguments+=(--against "$AGAINST"); fi
if [ "${STRICT:-false}" = true ]; then arguments+=(--strict); fi
if [ -n "${SARIF:-}" ]; then arguments+=(--report "sarif=$SARIF"); fi
read -r -a datasets <<<"${DATASETS:-}"
exec "${RUNNER_TEMP:?}/dstools/bin/dstools" check "${arguments[@]}" "${datasets[@]}"
