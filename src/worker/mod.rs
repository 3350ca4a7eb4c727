//! The thread that owns the devices: commands in, events out.
