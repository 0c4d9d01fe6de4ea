"""The pure core: values and decisions. No I/O, no clock of its own, no Azure import."""
