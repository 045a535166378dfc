#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: tests/replay.sh NAME
# Runs the fuzz target over its corpus, with sanitizers: one test case.
corpus=tests/fuzz/corpus/$1
if build/san/replay/"$1" "$corpus"; then
	echo "ok - $1 over $corpus"
else
	echo "not ok - $1 over $corpus"
	exit 1
fi
