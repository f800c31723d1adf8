//! Motion: what falls due, in order, and what it does.
