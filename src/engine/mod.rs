//! Plan a job, then run it.
