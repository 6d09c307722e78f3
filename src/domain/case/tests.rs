//! The state machine under random operation sequences, and its rules one by one.
