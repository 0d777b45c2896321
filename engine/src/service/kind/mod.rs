//! The kinds of service that the engine knows.
