#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of REST say of SQLite holds for PostgreSQL too.
exec "$(dirname "$0")/collector-rest.sh" postgres
