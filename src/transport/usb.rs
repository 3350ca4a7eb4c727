//! Real USB, through `rusb`: the only module that names it.
