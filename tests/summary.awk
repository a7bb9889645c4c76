# Of ctest's LastTest.log: how many single tests ran, and which were skipped, with their reasons.
/^\[==========\] [0-9]+ tests? from .* ran/ { tests += $2 }
/: Skipped\r?$/ { reason = ""; if ((getline line) > 0) reason = line; sub(/\r$/, "", reason) }
/^\[  SKIPPED \] .* ms\)/ { skipped[++count] = $4 ": " reason; reason = "" }
END {
  printf "%d single tests ran in these suites, %d of them were skipped\n", tests, count
  for (i = 1; i <= count; ++i) print "  skipped: " skipped[i]
}
