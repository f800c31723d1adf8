//! Prices applied to usage: the bill, and what of it was wasted.
