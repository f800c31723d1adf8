//! The one integration binary: links once.
