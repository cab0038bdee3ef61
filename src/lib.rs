//! One binary that proves a pipeline is sound.
