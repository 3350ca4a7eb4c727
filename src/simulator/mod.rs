//! An STM32 ROM bootloader in memory.
