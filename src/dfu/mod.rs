//! DFU 1.1 and DfuSe over a Transport: requests, states, statuses, pacing.
