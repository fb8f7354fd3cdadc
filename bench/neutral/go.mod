module mooring/bench/neutral

go 1.24
