#!/bin/sh
# Gives git the password of a test's operator.
echo "$HIVE_TEST_PASSWORD"
